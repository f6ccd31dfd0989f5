package modelstest

import (
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// A request reaches those who answer it in the app, by mail and through the bot of their
// office; the bot tells of nobody. The answer reaches who asked, the same ways.
func testRequestsReachPeople(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	addChannel(w, mailChannel(w.City))
	addChannel(w, webhook(w.City))
	guardian, teacher := w.User(w.City, domain.RoleSecurity), w.User(w.School, domain.RoleTeacher)
	proved(w, guardian, "guardian@zx.example")
	proved(w, teacher, "teacher@zx.example")
	asked, err := w.Store.AskAboutData(ctx, teacher, models.NewDataRequest{Kind: models.AskCorrect, Words: "私密的话", Field: models.CorrectName, Value: "新姓名"})
	require.NoError(t, err)
	told := map[string]string{}
	for _, d := range waiting(w) {
		told[d.UserID] = d.Title + d.Body
	}
	require.Len(t, told, 2)
	require.Contains(t, told[guardian.ID], "更正申请待答复")
	require.Equal(t, "有一件个人信息更正申请待答复", told[""], "the group's")

	_, err = w.Store.AnswerRequest(ctx, models.Scope{All: true}, asked.ID, guardian.ID, models.DataRequestMet, "已核对")
	require.NoError(t, err)
	for _, d := range waiting(w) {
		told[d.UserID] = d.Title + d.Body
	}
	require.Contains(t, told[teacher.ID], "已核对")
	u, err := w.Store.User(ctx, teacher.ID)
	require.NoError(t, err)
	require.Equal(t, "新姓名", u.Name)
	var notices []models.Notice
	require.NoError(t, w.Store.DB(ctx).Where("user_id IN ?", []string{guardian.ID, teacher.ID}).Find(&notices).Error)
	require.Len(t, notices, 2)
}
