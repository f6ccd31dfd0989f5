package e2e

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/calendar"
	"zhengxiao/internal/policy"
	"zhengxiao/models"
	"zhengxiao/worker"
)

// A running case is migrated to another policy and counts by another calendar: through the
// outbox, the engine and its own mailbox, with engine and SQL agreeing afterwards.
func TestRunsReachTheCase(t *testing.T) {
	t.Parallel()
	onEach(t, reachCase)
}

func reachCase(t *testing.T, world opener) {
	t.Helper()
	b := newBench(t, world(t))
	ctx, stop := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() {
		_ = worker.Deliver(ctx, worker.Deps{Client: b.client, Store: b.w.Store, Logger: slog.New(slog.DiscardHandler)})
	})
	defer working.Wait()
	defer stop()
	run := func(r models.CaseRun, first bool) models.RunItem {
		c, err := b.w.Store.CaseByID(t.Context(), b.c.ID)
		require.NoError(t, err)
		r.CohortID, r.Reason, r.SHA256, r.CreatedBy = c.CohortID, "调整", r.ID, "tester"
		change := b.w.Store.SetCohortCalendar("", r.Target, "tester")
		if !first {
			change = nil
		}
		_, err = b.w.Store.StartRun(t.Context(), r, []models.Case{c}, change)
		require.NoError(t, err)
		var items []models.RunItem
		b.eventually(func() bool {
			items, _, err = b.w.Store.RunItems(t.Context(), r.ID, "", models.Page{})
			return err == nil && items[0].Status != models.ActionPending
		})
		b.clean()
		return items[0]
	}

	base, err := policy.Base("2.0")
	require.NoError(t, err)
	merged, err := policy.Merge(base, []byte(`{"deadlines":{"team":{"days":40}}}`))
	require.NoError(t, err)
	digest := policy.Digest(merged)
	require.NoError(t, b.w.Store.PutPolicy(t.Context(), digest, "2.0", merged))
	migrated := run(models.CaseRun{ID: "migrate", Kind: models.RunMigrate, Target: digest}, false)
	require.Equal(t, models.ActionAccepted, migrated.Status, migrated.Message)
	c, err := b.w.Store.CaseByID(t.Context(), b.c.ID)
	require.NoError(t, err)
	require.Equal(t, digest, c.PolicyDigest)

	y := calendar.YearOf(b.w.Now())
	days := calendar.Base().Days(y)
	day := b.w.Now().AddDate(0, 0, 1)
	for working := 0; working < 3; day = day.AddDate(0, 0, 1) {
		if on, err := calendar.Base().IsWorkingDay(day); err == nil && on {
			days, working = append(days, calendar.Day{Date: day.Format("2006-01-02"), Kind: calendar.Break, Name: "停课"}), working+1
		}
	}
	doc, problems := calendar.Base().Edit("GZ-1", []calendar.EditedYear{{Year: y, Days: days}})
	require.Empty(t, problems)
	require.NoError(t, b.w.Store.AddCalendar(t.Context(), models.CalendarRow{Version: "GZ-1", Body: string(doc), CreatedBy: "tester"}))
	moved := run(models.CaseRun{ID: "calendar", Kind: models.RunCalendar, Target: "GZ-1"}, true)
	require.Equal(t, models.ActionAccepted, moved.Status, moved.Message)
	moves, err := b.w.Store.MovesOf(t.Context(), b.c.ID, moved.Seq)
	require.NoError(t, err)
	require.Len(t, moves, 1)
	require.True(t, moves[0].To.After(*moves[0].From))
	again := run(models.CaseRun{ID: "again", Kind: models.RunMigrate, Target: digest}, false)
	require.Equal(t, models.ActionRefused, again.Status)
}
