package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// People see what is held about them, ask about it, and are answered by somebody else
// within fifteen working days.
func TestPeopleAskAboutTheirData(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	teacher := w.User(w.School, domain.RoleTeacher)
	numbered(t, r.store, teacher)
	me, guardian := r.as(teacher.ID), r.as(w.User(w.City, domain.RoleSecurity).ID)
	const mine, queue = "/api/v1/me/data-requests", "/api/v1/privacy/requests"

	held := ok[gen.MyPersonal](me.get("/api/v1/me/personal"), 200)
	require.Equal(t, []string{"110", "138****5678"}, []string{held.IdNumber[:3], held.Phone})
	require.NotContains(t, held.IdNumber, "19491231")

	asked := ok[gen.DataRequest](me.post(mine, gen.NewDataRequest{Kind: "correct", Words: "姓名应为张三"}), 201)
	require.Equal(t, "2026-09-28", asked.DueAt.In(time.FixedZone("", 8*3600)).Format(time.DateOnly), "15 working days after Monday 7 September, through 中秋节")
	me.post(mine, gen.NewDataRequest{Kind: "correct", Words: "再改一次"}).refused(409, apperr.Conflict)
	require.Equal(t, "kind", me.post(mine, `{"kind":"forget","words":"全部"}`).refused(422, apperr.Invalid).Field)
	require.Equal(t, "words", me.post(mine, gen.NewDataRequest{Kind: "delete", Words: "  "}).refused(422, apperr.Invalid).Field)
	ok[gen.DataRequest](me.post(mine, gen.NewDataRequest{Kind: "copy", Words: "全部记录"}), 201)

	open := ok[gen.DataRequestPage](guardian.get(queue+"?status=open"), 200).Items
	require.Len(t, open, 2)
	require.Equal(t, asked.Id, open[0].Id)
	me.get(queue).refused(403, apperr.Forbidden)
	answer := queue + "/" + asked.Id + "/answer"
	require.Equal(t, "answer", guardian.post(answer, gen.DataRequestAnswer{Status: "refused"}).refused(422, apperr.Invalid).Field)
	w.Clock.Advance(40 * 24 * time.Hour)
	r.tokens.Clear() // everybody signs in again
	me, guardian = r.as(me.id), r.as(guardian.id)
	require.True(t, ok[gen.DataRequestPage](guardian.get(queue), 200).Items[0].Overdue)
	done := ok[gen.DataRequest](guardian.post(answer, gen.DataRequestAnswer{Status: "met", Answer: "已更正"}), 200)
	require.False(t, done.Overdue)
	guardian.post(answer, gen.DataRequestAnswer{Status: "met", Answer: "已更正"}).refused(409, apperr.Conflict)
	require.Equal(t, "已更正", ok[gen.DataRequestPage](me.get(mine), 200).Items[1].Answer)
	notices := ok[gen.NoticePage](me.get("/api/v1/notices"), 200).Items
	require.Equal(t, "已办理：已更正", notices[0].Body)
	ok[gen.DataRequest](me.post(mine, gen.NewDataRequest{Kind: "correct", Words: "另一处更正"}), 201)

	own := ok[gen.DataRequest](guardian.post(mine, gen.NewDataRequest{Kind: "access", Words: "我的记录"}), 201)
	guardian.post(queue+"/"+own.Id+"/answer", gen.DataRequestAnswer{Status: "met", Answer: "看过"}).refused(403, apperr.Forbidden)
	stranger := r.as(w.User(w.Org(nil, "city", "4403", "外市"), domain.RoleSecurity).ID)
	stranger.post(queue+"/"+open[1].Id+"/answer", gen.DataRequestAnswer{Status: "met", Answer: "看过"}).refused(404, apperr.NotFound)

	erase := ok[gen.DataRequest](me.post(mine, gen.NewDataRequest{Kind: "delete", Words: "已调离"}), 201)
	erased := queue + "/" + erase.Id + "/answer"
	told := guardian.post(erased, gen.DataRequestAnswer{Status: "met", Answer: "已删除"}).refused(422, apperr.Invalid)
	require.Equal(t, "status", told.Field, "nothing erases, so nobody may say that it did")
	ok[gen.DataRequest](guardian.post(erased, gen.DataRequestAnswer{Status: "refused", Answer: "学时记录依规定须留存。"}), 200)
}
