package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

func TestVitals_are_asked_for_at_most_every_quarter_of_a_minute(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 9, 7, 1, 0, 0, 0, time.UTC)
	now, asked, answer := at, 0, error(nil)
	v := &vitals{log: slog.New(slog.DiscardHandler), now: func() time.Time { return now }, read: func(context.Context) (models.Vitals, error) {
		asked++
		return models.Vitals{
			At: at, Mailbox: models.Backlog{Count: asked, Oldest: at.Add(-time.Minute)}, Overdue: 3, Retrying: 2,
			Registry: models.Exchange{Unsent: models.Backlog{Count: 2, Oldest: at.Add(-time.Hour)}, Refused: 6, Mismatch: 1},
			Cases:    map[domain.Stage]int{domain.StageFiling: 7}, Alarms: map[string]int{models.AlarmStuck: 4},
			Reconcile: models.Drift{Ended: at.Add(-time.Hour), Left: 5},
			Audit: models.Proving{
				Sealing: true, Shipping: true, Head: at.Add(-time.Hour),
				Unsealed: models.Backlog{Count: 8, Oldest: at.Add(-time.Minute)}, Unsent: models.Backlog{Count: 9, Oldest: at.Add(-time.Minute)},
			},
		}, answer
	}}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(v)
	read := func() map[string]float64 {
		families, err := registry.Gather()
		require.NoError(t, err)
		values := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				name := f.GetName()
				for _, l := range m.GetLabel() {
					name += " " + l.GetValue()
				}
				values[name] = m.GetGauge().GetValue()
			}
		}
		return values
	}
	first := read()
	for name, want := range map[string]float64{
		"zhengxiao_vitals_up": 1, "zhengxiao_mailbox_pending_actions": 1, "zhengxiao_mailbox_oldest_age_seconds": 60,
		"zhengxiao_outbox_due": 0, "zhengxiao_outbox_oldest_age_seconds": 0, "zhengxiao_outbox_retrying": 2, "zhengxiao_uploads_waiting": 0,
		"zhengxiao_cases_overdue": 3, "zhengxiao_cases filing": 7, "zhengxiao_cases team": 0, "zhengxiao_alarms_open stuck": 4,
		"zhengxiao_registry_unsent": 2, "zhengxiao_registry_unsent_oldest_age_seconds": 3600, "zhengxiao_registry_unanswered": 0,
		"zhengxiao_registry_refused": 6, "zhengxiao_registry_mismatches": 1, "zhengxiao_reconcile_differences": 5, "zhengxiao_reconcile_age_seconds": 3600,
		"zhengxiao_audit_unsealed": 8, "zhengxiao_audit_unsealed_oldest_age_seconds": 60, "zhengxiao_audit_head_age_seconds": 3600,
		"zhengxiao_audit_unsent": 9, "zhengxiao_audit_unsent_oldest_age_seconds": 60,
	} {
		require.Contains(t, first, name)
		require.InDelta(t, want, first[name], 0, name)
	}
	now = at.Add(vitalsLife - 1)
	require.Equal(t, first, read())
	require.Equal(t, 1, asked)

	now, answer = at.Add(vitalsLife), errors.New("away")
	require.Equal(t, map[string]float64{"zhengxiao_vitals_up": 0}, read(), "old numbers are not told as new ones")
	require.Equal(t, 2, asked)
	now = now.Add(vitalsLife)
	answer = nil
	families, err := registry.Gather()
	require.NoError(t, err)
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)
}
