package modelstest

import (
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/privacy"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Each version is kept once, with the text and the time of whoever came first, however many
// processes meet it at the same time; the list has them in the order of when.
func testPrivacyNotices(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	texts := []privacy.Notice{
		privacy.NoticeOf("第一段", "", privacy.Rules()), privacy.NoticeOf("第二段", "", privacy.Rules()), privacy.NoticeOf("第三段", "", privacy.Rules()),
	}
	began := w.Clock.Now()
	for _, n := range texts {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := w.Store.KeepNotice(ctx, n); err != nil {
					t.Errorf("keep %s: %v", n.Version, err)
				}
			})
		}
		all.Wait()
		w.Clock.Advance(time.Hour)
		require.NoError(t, w.Store.KeepNotice(ctx, n), "it is known")
	}
	var entries []models.AuditEntry
	require.NoError(t, w.Store.DB(ctx).Where("action = ?", "privacy.notice").Find(&entries).Error)
	require.Len(t, entries, len(texts))
	for _, e := range entries {
		require.Empty(t, e.ActorID)
		require.Contains(t, e.Stated, `"privacy_notices"`)
	}

	for i, n := range texts {
		kept, err := w.Store.PrivacyNotice(ctx, n.Version)
		require.NoError(t, err)
		require.True(t, began.Add(time.Duration(i)*time.Hour).Equal(kept.Since))
		read, err := privacy.ReadNotice(kept.Version, kept.Text)
		require.NoError(t, err)
		require.Equal(t, n, read)
		before, err := w.Store.NoticeBefore(ctx, kept)
		require.NoError(t, err)
		if i == 0 {
			require.Nil(t, before)
			continue
		}
		require.Equal(t, texts[i-1].Version, before.Version)
	}
	none, err := w.Store.PrivacyNotice(ctx, "000000000000")
	require.NoError(t, err)
	require.Nil(t, none)

	noticesListed(w, texts, began)
	for i := range 3 {
		u := w.User(w.School, domain.RoleTeacher)
		for _, n := range texts[:i] {
			require.NoError(t, w.Store.Acknowledge(ctx, u.ID, n.Version))
		}
	}
	first, second, third := texts[0].Version, texts[1].Version, texts[2].Version
	readers, err := w.Store.NoticeReaders(ctx, []string{first, second, third})
	require.NoError(t, err)
	require.Equal(t, map[string]int{first: 2, second: 1}, readers)
}

// noticesListed looks for versions that began an hour after each other.
func noticesListed(w *testkit.World, texts []privacy.Notice, began time.Time) {
	t, ctx := w.T, w.T.Context()
	t.Helper()
	list := func(f models.NoticeFilter, sort string) []string {
		t.Helper()
		versions := []string{}
		for p := (models.Page{Limit: 1, Sort: sort}); ; {
			rows, next, err := w.Store.PrivacyNotices(ctx, f, p)
			require.NoError(t, err)
			for _, v := range rows {
				versions = append(versions, v.Version)
			}
			if next == "" {
				return versions
			}
			p.Cursor = next
		}
	}
	first, second, third := texts[0].Version, texts[1].Version, texts[2].Version
	require.Equal(t, []string{third, second, first}, list(models.NoticeFilter{}, ""))
	require.Equal(t, []string{first, second, third}, list(models.NoticeFilter{}, "since"))
	from, to := began.Add(time.Hour), began.Add(2*time.Hour)
	require.Equal(t, []string{third, second}, list(models.NoticeFilter{From: &from}, ""))
	require.Equal(t, []string{second}, list(models.NoticeFilter{From: &from, To: &to}, ""))
	require.Equal(t, []string{second}, list(models.NoticeFilter{Text: "第二段"}, ""))
	require.Equal(t, []string{first}, list(models.NoticeFilter{Text: first}, ""))
}
