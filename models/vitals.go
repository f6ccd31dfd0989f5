package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
)

// Backlog is work that waits: how much, and since when the oldest; the zero time for none.
type Backlog struct {
	Count  int
	Oldest time.Time
}

// Drift is what the last comparison of SQL with the engine that came to its end left.
type Drift struct {
	Ended time.Time // zero when there was none
	Left  int       // differences found and not repaired
}

// Exchange is how the exchange with registries of hours stands.
type Exchange struct {
	Unsent     Backlog // batches of an interface that have not gone out whole, since they were made
	Unanswered Backlog // batches with records that have no answer, since they were sent
	Refused    int     // records that were refused in the last day
	Mismatch   int     // records about which registries contradict themselves, or us
}

// Vitals is how the installation stands, in the numbers that an operator watches. All of
// it is read from indexes, however many cases there are.
type Vitals struct {
	At        time.Time // when it was read, by the store's clock
	Mailbox   Backlog   // actions of people that were received and are not decided
	Outbox    Backlog   // work that is due and not done
	Retrying  int       // work that failed and is to be tried again later
	Notify    Backlog   // messages to channels that are due and not sent
	Dead      int       // messages that were given up in the last day
	Registry  Exchange
	Uploads   Backlog // large uploads that nobody checks yet
	Overdue   int     // open cases whose present task is past its date
	Cases     map[domain.Stage]int
	Alarms    map[string]int // open ones, by kind
	Reconcile Drift
	Audit     Proving
}

// Vitals reads how the installation stands.
func (s *Store) Vitals(ctx context.Context) (Vitals, error) {
	v := Vitals{At: s.Now()}
	for _, read := range []func(context.Context, *Vitals) error{s.backlogs, s.exchange, s.standing, s.drift, s.proving} {
		if err := read(ctx, &v); err != nil {
			return v, err
		}
	}
	return v, nil
}

func (s *Store) backlogs(ctx context.Context, v *Vitals) error {
	// What a run over a cohort asks for waits for its turn, not for a worker.
	pending := s.DB(ctx).Table("actions").Where("status = ? AND actor_id <> ?", ActionPending, domain.System().UserID)
	if err := backlog(pending, "received_at", &v.Mailbox); err != nil {
		return fail(err, "count pending actions")
	}
	undone := s.DB(ctx).Table("outbox").Where("done_at IS NULL")
	if err := backlog(undone.Where("not_before <= ?", v.At), "not_before", &v.Outbox); err != nil {
		return fail(err, "count outbox")
	}
	var retrying int64
	err := s.DB(ctx).Table("outbox").Where("done_at IS NULL AND not_before > ? AND attempts > 0", v.At).Count(&retrying).Error
	if err != nil {
		return fail(err, "count failed deliveries")
	}
	v.Retrying = int(retrying)
	waiting := s.DB(ctx).Table("deliveries").Where("next_at <= ? AND state <> ?", v.At, DeliverySending)
	if err := backlog(waiting, "next_at", &v.Notify); err != nil {
		return fail(err, "count deliveries")
	}
	var dead int64
	err = s.DB(ctx).Table("deliveries").Where("state = ? AND ended_at > ?", DeliveryDead, v.At.Add(-24*time.Hour)).Count(&dead).Error
	if err != nil {
		return fail(err, "count dead deliveries")
	}
	v.Dead = int(dead)
	uploads := s.DB(ctx).Table("file_uploads").Where("due_at <= ?", v.At)
	return fail(backlog(uploads, "due_at", &v.Uploads), "count uploads")
}

func (s *Store) exchange(ctx context.Context, v *Vitals) error {
	unsent := s.DB(ctx).Table("registry_batches").
		Where("mode = ? AND state IN ?", RegistryPush, []BatchState{BatchReady, BatchSending, BatchStopped})
	if err := backlog(unsent, "created_at", &v.Registry.Unsent); err != nil {
		return fail(err, "count batches to send")
	}
	unanswered := s.DB(ctx).Table("registry_batches").
		Where("mode IN ? AND state = ? AND sent_at IS NOT NULL", []RegistryMode{RegistryFile, RegistryPush}, BatchSent)
	if err := backlog(unanswered, "sent_at", &v.Registry.Unanswered); err != nil {
		return fail(err, "count batches without answers")
	}
	var refused, mismatch int64
	err := s.DB(ctx).Table("registry_records").Where("state = ? AND concluded_at > ?", registry.Refused, v.At.Add(-24*time.Hour)).Count(&refused).Error
	if err == nil {
		err = s.DB(ctx).Table("registry_records").Where("state = ?", registry.Disputed).Count(&mismatch).Error
	}
	v.Registry.Refused, v.Registry.Mismatch = int(refused), int(mismatch)
	return fail(err, "count refused records")
}

// backlog counts the rows of q and finds the oldest of them by a column.
func backlog(q *gorm.DB, by string, to *Backlog) error {
	var n int64
	if err := q.Session(&gorm.Session{}).Count(&n).Error; err != nil || n == 0 {
		return err
	}
	var oldest []time.Time
	err := q.Session(&gorm.Session{}).Order(by).Limit(1).Pluck(by, &oldest).Error
	if to.Count = int(n); len(oldest) > 0 {
		to.Oldest = oldest[0]
	}
	return err
}

// standing counts where cases stand and what is raised about them.
func (s *Store) standing(ctx context.Context, v *Vitals) error {
	var stages []struct {
		Stage domain.Stage
		N     int
	}
	if err := s.DB(ctx).Table("cases").Select("stage, COUNT(*) AS n").Group("stage").Scan(&stages).Error; err != nil {
		return fail(err, "count cases by stage")
	}
	v.Cases = map[domain.Stage]int{}
	for _, row := range stages {
		v.Cases[row.Stage] = row.N
	}
	var overdue int64
	if err := s.DB(ctx).Table("cases").Where("overdue = ?", true).Count(&overdue).Error; err != nil {
		return fail(err, "count overdue cases")
	}
	v.Overdue = int(overdue)
	var alarms []struct {
		Kind string
		N    int
	}
	err := s.DB(ctx).Table("alarms").Where("cleared_at IS NULL").Select("kind, COUNT(*) AS n").Group("kind").Scan(&alarms).Error
	v.Alarms = map[string]int{}
	for _, row := range alarms {
		v.Alarms[row.Kind] = row.N
	}
	return fail(err, "count open alarms")
}

func (s *Store) drift(ctx context.Context, v *Vitals) error {
	var last []ReconcileRun
	err := s.DB(ctx).Where("status = ?", ReconcileDone).Order("started_at DESC, id DESC").Limit(1).Find(&last).Error
	if len(last) > 0 && last[0].FinishedAt != nil {
		v.Reconcile = Drift{Ended: *last[0].FinishedAt, Left: last[0].Found - last[0].Repaired}
	}
	return fail(err, "load last reconcile run")
}
