package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

const lockedPath = "/api/v1/locked-accounts"

func TestWhoIsLockedIsSeenAndLetInAgainForAReason(t *testing.T) {
	t.Parallel()
	r, w, security, _ := signedIn(t)
	head, teacher := w.User(w.School, domain.RolePrincipal), w.User(w.School, domain.RoleTeacher)
	for _, u := range []*models.User{head, teacher} {
		require.NoError(t, w.Store.SetPassword(t.Context(), u.ID, cheap.Hash(secondPassword), false, ""))
	}
	p := r.enter(head)
	enrol(w, p)
	list := func(who person, query string) []gen.LockedAccount {
		return ok[gen.LockedAccountPage](who.get(lockedPath+query), 200).Items
	}
	require.Empty(t, list(security, ""))
	for range 5 {
		loginWith(r, head, "abcdef")
	}
	w.Clock.Advance(time.Minute)
	for range 5 {
		login(r, teacher.Login, "Wrong-Horse-9")
	}
	rows := list(security, "")
	require.Len(t, rows, 2)
	require.Equal(t, teacher.ID, rows[0].Id)
	require.Equal(t, "密码连续输错", rows[0].CauseName)
	require.Equal(t, w.Clock.Now(), rows[0].Since.UTC())
	require.Equal(t, w.Clock.Now().Add(15*time.Minute), rows[0].Until.UTC())
	require.Equal(t, head.ID, list(security, "?cause=code")[0].Id)
	require.Equal(t, head.ID, list(security, "?sort=until&limit=1")[0].Id)
	require.Len(t, list(security, "?q="+teacher.Login), 1)
	require.Empty(t, list(r.as(w.User(w.Direct, domain.RoleSchoolAdmin).ID), ""), "those of one's own organisation")
	require.Equal(t, 200, security.get(lockedPath+"?format=xlsx").Code)
	r.as(w.User(w.School, domain.RoleTeacher).ID).get(lockedPath).refused(403, apperr.Forbidden)

	security.post("/api/v1/users/"+security.id+"/unlock", gen.Unlocking{Reason: "我"}).refused(409, apperr.Conflict)
	unlock := "/api/v1/users/" + head.ID + "/unlock"
	security.post(unlock, gen.Unlocking{Reason: " "}).refused(422, apperr.Invalid)
	r.as(w.User(w.School, domain.RoleSchoolAdmin).ID).post(unlock, gen.Unlocking{Reason: "本人到场"}).refused(403, apperr.Forbidden)
	require.Equal(t, 204, security.post(unlock, gen.Unlocking{Reason: "本人电话核实"}).Code)
	security.post(unlock, gen.Unlocking{Reason: "再一次"}).refused(409, apperr.Conflict)
	require.Len(t, list(security, ""), 1)
	loginWith(r, head, "").refused(401, models.CodeSecondFactor)
	notice := ok[gen.NoticePage](p.get("/api/v1/notices"), 200).Items[0]
	require.Equal(t, "账号已解除锁定", notice.Title)
	require.Contains(t, notice.Body, "本人电话核实")
	w.Clock.Advance(15 * time.Minute)
	require.Empty(t, list(security, ""), "locks end by themselves")
}
