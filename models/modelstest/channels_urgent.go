package modelstest

import (
	"encoding/json"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Which notices disturb people in their quiet hours is what the policy of the case says, for
// mails and for groups; who wants no exceptions gets none.
func testUrgentNotices(w *testkit.World) {
	t, ctx := w.T, w.T.Context()
	addChannel(w, mailChannel(w.City))
	addChannel(w, webhook(w.City))
	reader, strict := w.User(w.School, domain.RolePrincipal), w.User(w.School, domain.RolePrincipal)
	proved(w, reader, "reader@example.com")
	proved(w, strict, "strict@example.com")
	for _, u := range []*models.User{reader, strict} {
		choice := models.UsualChoice(u.ID)
		choice.Topics, choice.QuietFrom, choice.QuietTo = "task due urge progress", 0, 24*60-1
		choice.Urgent = u == reader
		_, err := w.Store.PutNoticeChoice(ctx, choice)
		require.NoError(t, err)
	}
	quiet := w.Store.DB(ctx).Model(&models.Channel{}).Where("org_id = ?", w.City.ID)
	require.NoError(t, quiet.Updates(map[string]any{"quiet_from": 0, "quiet_to": 24*60 - 1}).Error)

	usual, _ := w.Case(w.School, 0)
	other, _ := w.Case(w.Foreign, 0)
	ruled(w, other, domain.NoticePolicy{UrgeWaits: true, OverdueWaits: true, DueUrgent: true, TaskUrgent: true, ProgressUrgent: true})
	kinds := []string{models.NoticeUrge, domain.RungOverdue, domain.RungRemind, models.NoticeTask, models.NoticeCopy}
	for _, c := range []*models.Case{usual, other} {
		for n, kind := range kinds {
			noticed(w, c, kind, n+1, "", reader, strict)
			at := map[string]bool{}
			for _, d := range waiting(w) {
				if d.CaseID == c.ID && d.Kind == kind {
					at[d.UserID] = !d.NextAt.After(w.Clock.Now())
				}
			}
			require.Len(t, at, 3, "two people and a group")
			urgent := (n < 2) == (c == usual)
			require.Equal(t, urgent, at[reader.ID], "%s of %s", kind, c.SchoolName)
			require.Equal(t, urgent, at[""], "%s of %s, in a group", kind, c.SchoolName)
			require.False(t, at[strict.ID], kind)
		}
	}
}

// ruled has a case go by a policy with these rules.
func ruled(w *testkit.World, c *models.Case, p domain.NoticePolicy) {
	t := w.T
	t.Helper()
	patch, err := json.Marshal(map[string]any{"notices": p})
	require.NoError(t, err)
	base, err := policy.Base("2.0")
	require.NoError(t, err)
	merged, err := policy.Merge(base, patch)
	require.NoError(t, err)
	digest := policy.Digest(merged)
	require.NoError(t, w.Store.PutPolicy(t.Context(), digest, "2.0", merged))
	require.NoError(t, w.Store.DB(t.Context()).Model(&models.Case{}).Where("id = ?", c.ID).Update("policy_digest", digest).Error)
}
