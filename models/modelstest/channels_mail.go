package modelstest

import (
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Who withdraws the consent to mail gets none that was on its way: neither what waits, nor
// what a worker has taken up already.
func testWithdrawnMail(w *testkit.World) {
	t, ctx := w.T, w.T.Context()
	c, _ := w.Case(w.School, 0)
	addChannel(w, mailChannel(w.City))
	stays, leaves := w.User(w.School, domain.RolePrincipal), w.User(w.School, domain.RoleSchoolAdmin)
	proved(w, stays, "stays@example.com")
	proved(w, leaves, "leaves@example.com")

	send := func(posts []models.Post) (to []string) {
		t.Helper()
		for _, p := range posts {
			l, failed, err := w.Store.Compose(ctx, p, "https://zx.example")
			require.NoError(t, err)
			if failed != nil {
				require.Equal(t, models.CodeNoAddress, failed.Code)
				require.True(t, failed.Permanent, "it is not tried again")
				require.NoError(t, w.Store.PostFailed(ctx, p, failed))
				continue
			}
			to = append(to, l.Endpoint.To)
			require.NoError(t, w.Store.PostSent(ctx, p, "ok"))
		}
		return to
	}
	noticed(w, c, models.NoticeUrge, 1, "", stays, leaves)
	require.Len(t, waiting(w), 2)
	taken := claimAll(w)
	require.NoError(t, w.Store.DropMail(ctx, leaves))
	require.Equal(t, []string{"stays@example.com"}, send(taken))

	proved(w, leaves, "again@example.com")
	noticed(w, c, models.NoticeUrge, 2, "", leaves)
	require.Len(t, waiting(w), 1)
	require.NoError(t, w.Store.DropMail(ctx, leaves))
	require.Empty(t, send(claimAll(w)))
	require.Empty(t, waiting(w))
	noticed(w, c, models.NoticeUrge, 3, "", leaves)
	require.Empty(t, waiting(w), "nothing is queued any more")
}
