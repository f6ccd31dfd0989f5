package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

const (
	// vitalsLife is for how long an answer of the database is told again.
	vitalsLife = 15 * time.Second
	// vitalsPatience is how long the database may take to answer.
	vitalsPatience = 5 * time.Second
)

// Vitals reads how the installation stands; (*models.Store).Vitals is one.
type Vitals func(ctx context.Context) (models.Vitals, error)

// Watch adds how the installation stands to the metrics. It is the same for every process
// that tells it: whoever adds them up takes one and not the sum.
func (t *Telemetry) Watch(read Vitals, log *slog.Logger) error {
	if t == nil {
		return nil
	}
	return t.registry.Register(&vitals{read: read, log: log, now: time.Now})
}

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("zhengxiao_"+name, help, labels, nil)
}

var (
	vitalsUp     = gauge("vitals_up", "1 if the database said how the installation stands; without it nothing below is told.")
	mailboxCount = gauge("mailbox_pending_actions", "Actions of people that were received and are not decided.")
	mailboxAge   = gauge("mailbox_oldest_age_seconds", "How long the oldest of them waits.")
	outboxCount  = gauge("outbox_due", "Deliveries that are due and not done.")
	outboxAge    = gauge("outbox_oldest_age_seconds", "How long the oldest of them is due.")
	outboxRetry  = gauge("outbox_retrying", "Deliveries that failed and are to be tried again later.")
	notifyCount  = gauge("notify_due", "Messages to channels that are due and not sent.")
	notifyAge    = gauge("notify_oldest_age_seconds", "How long the oldest of them is due.")
	notifyDead   = gauge("notify_dead", "Messages to channels that were given up in the last day.")
	unsentCount  = gauge("registry_unsent", "Batches of hours for a registry's interface that have not gone out whole.")
	unsentAge    = gauge("registry_unsent_oldest_age_seconds", "How long ago the oldest of them was made.")
	silentCount  = gauge("registry_unanswered", "Batches of hours with records that a registry has not answered.")
	silentAge    = gauge("registry_unanswered_oldest_age_seconds", "How long ago the oldest of them was sent.")
	refusedCount = gauge("registry_refused", "Records of hours that registries refused in the last day.")
	mismatches   = gauge("registry_mismatches", "Records of hours about which a registry contradicts itself, or what it was sent.")
	uploadsCount = gauge("uploads_waiting", "Large uploads that nobody checks yet.")
	uploadsAge   = gauge("uploads_oldest_age_seconds", "How long the oldest of them waits.")
	overdueCount = gauge("cases_overdue", "Open cases whose present task is past its date.")
	casesCount   = gauge("cases", "Cases by stage.", "stage")
	alarmsCount  = gauge("alarms_open", "Alarms that nobody has dealt with, by kind.", "kind")
	driftCount   = gauge("reconcile_differences", "Differences between SQL and the engine that the last comparison left.")
	driftAge     = gauge("reconcile_age_seconds", "How long ago the last comparison came to its end; absent if there was none.")
	sealCount    = gauge("audit_unsealed", "Entries of the audit log that are not sealed; absent while none ever was.")
	sealAge      = gauge("audit_unsealed_oldest_age_seconds", "How long ago the oldest of them was made.")
	headAge      = gauge("audit_head_age_seconds", "How long ago the last daily head of the audit log was kept or, before the first, signing began.")
	shipCount    = gauge("audit_unsent", "Sealed entries that have not arrived at the receiver; absent while none is set.")
	shipAge      = gauge("audit_unsent_oldest_age_seconds", "How long ago the oldest of them was sealed.")
	allVitals    = []*prometheus.Desc{
		vitalsUp, mailboxCount, mailboxAge, outboxCount, outboxAge, outboxRetry, notifyCount, notifyAge, notifyDead, uploadsCount, uploadsAge,
		unsentCount, unsentAge, silentCount, silentAge, refusedCount, mismatches, overdueCount, casesCount, alarmsCount, driftCount, driftAge,
		sealCount, sealAge, headAge, shipCount, shipAge,
	}
)

// vitals asks the database at most once in vitalsLife, whoever looks.
type vitals struct {
	read Vitals
	log  *slog.Logger
	now  func() time.Time

	mu   sync.Mutex
	at   time.Time
	last models.Vitals
	err  error
}

func (v *vitals) Describe(to chan<- *prometheus.Desc) {
	for _, d := range allVitals {
		to <- d
	}
}

func (v *vitals) Collect(to chan<- prometheus.Metric) {
	now, err := v.latest()
	set := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if err != nil {
		set(vitalsUp, 0)
		return
	}
	set(vitalsUp, 1)
	backlog := func(b models.Backlog, count, age *prometheus.Desc) {
		set(count, float64(b.Count))
		set(age, since(now.At, b.Oldest))
	}
	backlog(now.Mailbox, mailboxCount, mailboxAge)
	backlog(now.Outbox, outboxCount, outboxAge)
	backlog(now.Notify, notifyCount, notifyAge)
	set(notifyDead, float64(now.Dead))
	backlog(now.Registry.Unsent, unsentCount, unsentAge)
	backlog(now.Registry.Unanswered, silentCount, silentAge)
	set(refusedCount, float64(now.Registry.Refused))
	set(mismatches, float64(now.Registry.Mismatch))
	backlog(now.Uploads, uploadsCount, uploadsAge)
	set(outboxRetry, float64(now.Retrying))
	set(overdueCount, float64(now.Overdue))
	for _, stage := range domain.Stages() {
		set(casesCount, float64(now.Cases[stage]), string(stage))
	}
	for kind, n := range now.Alarms {
		set(alarmsCount, float64(n), kind)
	}
	if !now.Reconcile.Ended.IsZero() {
		set(driftCount, float64(now.Reconcile.Left))
		set(driftAge, since(now.At, now.Reconcile.Ended))
	}
	if now.Audit.Sealing {
		backlog(now.Audit.Unsealed, sealCount, sealAge)
	}
	if now.Audit.Shipping {
		backlog(now.Audit.Unsent, shipCount, shipAge)
	}
	if !now.Audit.Head.IsZero() {
		set(headAge, since(now.At, now.Audit.Head))
	}
}

// since is 0 for what never was.
func since(now, then time.Time) float64 {
	if then.IsZero() {
		return 0
	}
	return max(now.Sub(then).Seconds(), 0)
}

func (v *vitals) latest() (models.Vitals, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.at.IsZero() && v.now().Sub(v.at) < vitalsLife {
		return v.last, v.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), vitalsPatience)
	defer cancel()
	v.last, v.err = v.read(ctx)
	if v.at = v.now(); v.err != nil {
		v.log.WarnContext(ctx, "read vitals", "error", v.err)
	}
	return v.last, v.err
}
