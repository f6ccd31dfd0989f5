package telemetry

import "github.com/prometheus/client_golang/prometheus"

func newLost(to prometheus.Registerer) prometheus.Counter {
	lost := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "zhengxiao_audit_lost_total", Help: "Refusals and downloads that should be in the audit log and could not be entered.",
	})
	to.MustRegister(lost)
	return lost
}

// AuditLost notes entries that could not be made.
func (t *Telemetry) AuditLost(n int) {
	if t == nil {
		return
	}
	t.lost.Add(float64(n))
}
