package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"zhengxiao/internal/notify"
)

// newNotices shows every outcome of every kind of channel from the start.
func newNotices(to prometheus.Registerer) *prometheus.HistogramVec {
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "zhengxiao_notify_duration_seconds", Help: "How long handing a message to a channel took, and what came of it.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20},
	}, []string{"kind", "outcome"})
	for _, kind := range notify.Kinds() {
		for _, outcome := range []string{"sent", "failed", "refused", "throttled"} {
			took.WithLabelValues(string(kind), outcome)
		}
	}
	to.MustRegister(took)
	return took
}

// Notified notes what came of a message to a kind of channel.
func (t *Telemetry) Notified(kind, outcome string, took time.Duration) {
	if t == nil {
		return
	}
	t.notices.WithLabelValues(kind, outcome).Observe(took.Seconds())
}
