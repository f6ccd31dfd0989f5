package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"zhengxiao/internal/clamav"
)

// proven is no outcome of a check: the scanner has shown that it works. Every process has it
// do so when it starts, since what it knew before is gone.
const proven = "proven"

// scans are the checks of uploads for malware.
type scans struct {
	took *prometheus.HistogramVec
	last *prometheus.GaugeVec
}

// newScans shows every outcome from the start: the first failure is then an increase, too.
func newScans(to prometheus.Registerer) scans {
	s := scans{
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "zhengxiao_scan_duration_seconds", Help: "How long the check of an upload for malware took, reading it included.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600},
		}, []string{"outcome"}),
		last: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "zhengxiao_scan_last_timestamp_seconds",
			Help: "When a check of an upload for malware, or a proof that the scanner works, last ended so; 0 for never.",
		}, []string{"outcome"}),
	}
	for _, outcome := range clamav.Outcomes() {
		s.took.WithLabelValues(outcome)
		s.last.WithLabelValues(outcome)
	}
	s.last.WithLabelValues(proven)
	to.MustRegister(s.took, s.last)
	return s
}

// Scan notes what came of the check of an upload for malware.
func (t *Telemetry) Scan(outcome string, took time.Duration) {
	if t == nil {
		return
	}
	t.scans.took.WithLabelValues(outcome).Observe(took.Seconds())
	t.scans.last.WithLabelValues(outcome).SetToCurrentTime()
}

// ScannerProved notes that the scanner has just shown that it works, or why it did not.
func (t *Telemetry) ScannerProved(err error) {
	if t == nil {
		return
	}
	outcome := proven
	if err != nil {
		outcome = clamav.OutcomeFailed
	}
	t.scans.last.WithLabelValues(outcome).SetToCurrentTime()
}
