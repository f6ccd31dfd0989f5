package api

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
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

	asked := ok[gen.DataRequest](me.post(mine, gen.NewDataRequest{Kind: "correct", Words: "姓名应为张三", Field: "name", Value: "张三"}), 201)
	require.Equal(t, "2026-09-28", asked.DueAt.In(time.FixedZone("", 8*3600)).Format(time.DateOnly), "15 working days after Monday 7 September, through 中秋节")
	me.post(mine, gen.NewDataRequest{Kind: "correct", Words: "再改一次", Field: "other"}).refused(409, apperr.Conflict)
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
	ok[gen.DataRequest](me.post(mine, gen.NewDataRequest{Kind: "correct", Words: "另一处更正", Field: "other"}), 201)

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

// A correction is written by the answer that meets it, with the checks of any other change;
// what is not written says who does it.
func TestACorrectionIsWrittenByItsAnswer(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	teacher, other := w.User(w.School, domain.RoleTeacher), w.User(w.School, domain.RoleTeacher)
	numbered(t, r.store, teacher)
	require.NoError(t, r.store.UpdateUser(t.Context(), other.ID, other.Name, models.Personal{IDNumber: validNumber(7)}))
	me, guardian := r.as(teacher.ID), r.as(w.User(w.City, domain.RoleSecurity).ID)
	const mine = "/api/v1/me/data-requests"
	ask := func(field, value string) reply {
		return me.post(mine, gen.NewDataRequest{Kind: "correct", Words: "登记有误", Field: field, Value: value})
	}
	answer := func(q gen.DataRequest, status string) reply {
		return guardian.post("/api/v1/privacy/requests/"+q.Id+"/answer", gen.DataRequestAnswer{Status: status, Answer: "核对无误"})
	}
	require.Equal(t, "field", ask("", "张三").refused(422, apperr.Invalid).Field)
	require.Equal(t, "value", ask("name", " ").refused(422, apperr.Invalid).Field)
	require.Equal(t, "value", ask("id_number", "110105194912310020").refused(422, models.CodeIDNumber).Field)
	require.Equal(t, "value", ask("phone", "没有").refused(422, apperr.Invalid).Field)

	asked := ok[gen.DataRequest](ask("id_number", validNumber(3)), 201)
	require.True(t, asked.Applied)
	require.NotContains(t, asked.Value, validNumber(3)[4:14])
	told := ok[gen.NoticePage](guardian.get("/api/v1/notices"), 200).Items
	require.Equal(t, "有一件个人信息更正申请待答复", told[0].Title)
	ok[gen.DataRequest](answer(asked, "met"), 200)
	person, err := r.store.UserByIDNumber(t.Context(), validNumber(3))
	require.NoError(t, err, "it is found by its new number")
	require.Equal(t, teacher.ID, person.ID)
	p, err := r.store.Personal(person)
	require.NoError(t, err)
	require.Equal(t, models.Personal{IDNumber: validNumber(3), Phone: clearPhone}, p, "the rest stays")
	var row models.DataRequest
	require.NoError(t, r.store.DB(t.Context()).Where("id = ?", asked.Id).Take(&row).Error)
	require.Empty(t, row.ValueEnc)

	taken := ok[gen.DataRequest](ask("id_number", validNumber(7)), 201)
	require.Equal(t, "status", answer(taken, "met").refused(409, apperr.Conflict).Field)
	ok[gen.DataRequest](answer(taken, "refused"), 200)
	renamed := ok[gen.DataRequest](ask("name", "张三"), 201)
	ok[gen.DataRequest](answer(renamed, "met"), 200)
	require.Equal(t, "张三", ok[gen.MyPersonal](me.get("/api/v1/me/personal"), 200).Name)
	credit := ok[gen.DataRequest](ask("credit", ""), 201)
	require.False(t, credit.Applied)
	require.Contains(t, credit.Steps, "教育局")
	ok[gen.DataRequest](answer(credit, "refused"), 200)
	require.Equal(t, "张三", ok[gen.MyPersonal](me.get("/api/v1/me/personal"), 200).Name)
}

// The 隐私政策 is open to everybody, tells the terms in force and who to turn to.
func TestEverybodyReadsThePrivacyNotice(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.PrivacyContact = "信息中心 020-1" })
	const notice = "/api/v1/privacy/notice"
	was := ok[gen.PrivacyNotice](r.nobody().get(notice), 200)
	require.Equal(t, "信息中心 020-1", was.Contact)
	require.NotEmpty(t, was.Classes)
	guardian := r.as(w.User(w.City, domain.RoleSecurity).ID)
	i := slices.IndexFunc(was.Rules, func(v gen.PrivacyRule) bool { return v.Title == "停用的账号" })
	require.Equal(t, 204, guardian.put("/api/v1/privacy/retention/account", gen.RetentionChange{Months: 12, Reason: "缩短保存"}).Code)
	now := ok[gen.PrivacyNotice](r.nobody().get(notice), 200)
	require.Equal(t, []int{36, 12}, []int{was.Rules[i].Months, now.Rules[i].Months})
	require.NotEqual(t, was.Version, now.Version)
}
