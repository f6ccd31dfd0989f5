package api

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/privacy"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

const versionsPath = "/api/v1/privacy/versions"

// What was read can be shown later: every version that was in force is kept with its text,
// since when, how many read it, and what it changed.
func TestEveryVersionOfTheNoticeIsKept(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, asking)
	guardian, teacher := r.as(w.User(w.City, domain.RoleSecurity).ID), r.as(w.User(w.School, domain.RoleTeacher).ID)
	first := ok[gen.PrivacyNotice](r.nobody().get(noticeAddress), 200)
	began := w.Clock.Now()
	for _, p := range []person{guardian, teacher} {
		require.Equal(t, 204, p.acknowledge(first.Version).Code)
	}
	w.Clock.Advance(time.Hour)
	require.Equal(t, 204, guardian.put("/api/v1/privacy/retention/account", gen.RetentionChange{Months: 12, Reason: "缩短保存"}).Code)
	second := r.version()
	require.Equal(t, 204, guardian.acknowledge(second).Code)

	all := ok[gen.PrivacyVersionPage](guardian.get(versionsPath), 200).Items
	require.Equal(t, []gen.PrivacyVersion{
		{Version: second, Since: began.Add(time.Hour), InForce: true, Readers: 1}, {Version: first.Version, Since: began, Readers: 2},
	}, all)
	oldest := ok[gen.PrivacyVersionPage](guardian.get(versionsPath+"?sort=since&limit=1"), 200)
	require.Equal(t, first.Version, oldest.Items[0].Version)
	next := ok[gen.PrivacyVersionPage](guardian.get(versionsPath+"?sort=since&limit=1&cursor="+oldest.Next), 200)
	require.Equal(t, second, next.Items[0].Version)
	late := versionsPath + "?from=" + began.Add(time.Minute).Format(time.RFC3339)
	require.Len(t, ok[gen.PrivacyVersionPage](guardian.get(late), 200).Items, 1)
	require.Len(t, ok[gen.PrivacyVersionPage](guardian.get(versionsPath+"?q="+second), 200).Items, 1)
	require.Empty(t, ok[gen.PrivacyVersionPage](guardian.get(versionsPath+"?q=没有这样的文字"), 200).Items)
	require.Len(t, book(guardian, versionsPath+"?format=xlsx"), 3, "a head and two")
	r.as(w.User(w.School, domain.RoleSchoolAdmin).ID).get(versionsPath).refused(403, codePrivacyNotice)

	// Who has read the first, and must read the second now, may see both, and the difference.
	own := ok[gen.PrivacyVersionText](teacher.get(versionsPath+"/"+first.Version), 200)
	require.Equal(t, first, own.Notice)
	require.Equal(t, []any{false, ""}, []any{own.InForce, own.Before})
	require.Empty(t, own.Changes)
	changed := ok[gen.PrivacyVersionText](teacher.get(versionsPath+"/"+second), 200)
	require.Equal(t, []any{true, first.Version}, []any{changed.InForce, changed.Before})
	require.Equal(t, []gen.PrivacyChange{{
		Part: "到期清理", Title: "停用的账号", Field: "现行期限", Kind: "changed", Was: "停用后没有任何变动满 36 个月", Is: "停用后没有任何变动满 12 个月",
	}}, changed.Changes)
	back := ok[gen.PrivacyVersionText](teacher.get(versionsPath+"/"+first.Version+"?against="+second), 200)
	require.Equal(t, []any{second, "停用后没有任何变动满 36 个月"}, []any{back.Before, back.Changes[0].Is})
	unknown := ok[gen.PrivacyVersionText](teacher.get(versionsPath+"/"+second+"?against=000000000000"), 200)
	require.Equal(t, []any{"", 0}, []any{unknown.Before, len(unknown.Changes)})
	teacher.get(versionsPath+"/000000000000").refused(404, apperr.NotFound)
	r.nobody().get(versionsPath+"/"+first.Version).refused(401, apperr.Unauthenticated)
	require.Equal(t, 204, teacher.acknowledge(second).Code)
	teacher.get(versionsPath).refused(403, apperr.Forbidden)
}

// A text of the same version that somebody put in its place is not shown as what was read.
func TestATextThatIsNotTheVersionIsNotShown(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	p := r.as(w.User(w.School, domain.RoleTeacher).ID)
	version := r.version()
	require.Equal(t, 200, p.get(versionsPath+"/"+version).Code)
	forged := privacy.NoticeOf("另一段文字", "", privacy.Rules()).Encode()
	require.NoError(t, r.store.DB(t.Context()).Model(&models.PrivacyNotice{}).Where("version = ?", version).Update("text", forged).Error)
	p.get(versionsPath+"/"+version).refused(500, apperr.Internal)
}

// Processes that meet a new text at the same time keep it once; one that knows asks no more,
// and one that starts anew looks once.
func TestAVersionIsKeptOnce(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	db := testkit.SQLite(t)
	store := models.New(db, clock.Now, testkit.Keyring(t))
	here, there := newRig(t, store, asking), newRig(t, store, asking)
	about := 0
	testkit.Recorded(t, db, func(st testkit.Statement) {
		if strings.Contains(st.SQL, "privacy_notices") {
			about++
		}
	})
	require.Equal(t, here.version(), there.version())
	looked := about
	require.Positive(t, looked)
	for range 3 {
		require.Equal(t, here.version(), there.version())
	}
	require.Equal(t, looked, about)
	again := newRig(t, store, asking)
	for range 2 {
		require.Equal(t, here.version(), again.version())
	}
	require.Equal(t, looked+1, about)
	var rows []models.PrivacyNotice
	require.NoError(t, store.DB(t.Context()).Find(&rows).Error)
	require.Len(t, rows, 1)
}

// How many have read a version is counted once a minute, of one that has passed once an hour.
func TestReadersAreCountedOnceInAWhile(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	guardian, teachers := r.as(w.User(w.City, domain.RoleSecurity).ID), []person{}
	for range 3 {
		teachers = append(teachers, r.as(w.User(w.School, domain.RoleTeacher).ID))
	}
	count := func() int { return ok[gen.PrivacyVersionPage](guardian.get(versionsPath), 200).Items[0].Readers }
	first := r.version()
	require.Equal(t, 204, teachers[0].acknowledge(first).Code)
	require.Equal(t, 1, count())
	require.Equal(t, 204, teachers[1].acknowledge(first).Code)
	require.Equal(t, 1, count())
	w.Clock.Advance(readersLife)
	require.Equal(t, 2, count())
}
