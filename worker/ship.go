package worker

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhengxiao/internal/heads"
	"zhengxiao/internal/syslog"
	"zhengxiao/models"
)

// Shipping is where the audit log is sent.
type Shipping struct {
	To *syslog.Target
	// Longest is how many bytes a message may have.
	Longest int
}

const (
	// shipEvery is how often new entries are sent.
	shipEvery = 2 * time.Second
	// shipBatch is how many entries go over one connection.
	shipBatch = 500
	// shipHold is for how long nobody else sends; longer than one batch takes.
	shipHold = 2 * time.Minute
	// shipRetry is the longest pause after a failure.
	shipRetry = time.Minute
	// shipAlarm is after how long without success the operator is told.
	shipAlarm = time.Hour
	// shipLast bounds sending what is left when the worker ends.
	shipLast = 5 * time.Second
	// headerMost is what a message has besides its text, at most.
	headerMost = 1 << 10
)

// shipAudit sends the audit log as it is sealed, until ctx is done, and then what is left.
func shipAudit(ctx context.Context, d Deps) {
	if d.Shipping == nil {
		if err := d.Store.StopShipping(ctx); err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "send audit log", "error", err)
		}
		return
	}
	s := newShipper(d)
	for ctx.Err() == nil {
		pause(ctx, s.step(ctx))
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shipLast)
	defer cancel()
	s.flush(last)
}

// shipper sends the audit log, for one worker.
type shipper struct {
	Deps

	holder string
	since  time.Time     // when it succeeded last
	wait   time.Duration // after the last failure
}

func newShipper(d Deps) *shipper {
	return &shipper{Deps: d, holder: uuid.NewString(), since: d.Store.Now()}
}

// step sends a batch and returns how long to wait before the next.
func (s *shipper) step(ctx context.Context) time.Duration {
	more, err := s.some(ctx)
	switch {
	case ctx.Err() != nil:
		return 0
	case err != nil:
		s.Logger.WarnContext(ctx, "send audit log", "error", err)
		if s.Store.Now().Sub(s.since) > shipAlarm {
			s.alarm(ctx, "", "the audit log is not sent: "+err.Error())
		}
		s.wait = min(2*max(s.wait, shipEvery), shipRetry)
		return s.wait
	}
	s.since, s.wait = s.Store.Now(), 0
	if more {
		return 0
	}
	return shipEvery
}

// flush sends what there is, and lets others go on at once.
func (s *shipper) flush(ctx context.Context) {
	for {
		more, err := s.some(ctx)
		if err == nil && more {
			continue
		}
		if err := errors.Join(err, s.Store.ReleaseShipment(ctx, s.holder)); err != nil {
			s.Logger.WarnContext(ctx, "send the rest of the audit log", "error", err)
		}
		return
	}
}

// some sends one batch, unless another worker is at it, and reports whether more may follow.
func (s *shipper) some(ctx context.Context) (more bool, err error) {
	sh, err := s.Store.ClaimShipment(ctx, s.holder, shipBatch, shipHold)
	if err != nil {
		return false, err
	}
	if sh.Again != "" {
		s.alarm(ctx, "again-", "the audit log is sent from its beginning: "+sh.Again)
	}
	if len(sh.Entries) == 0 {
		return false, nil
	}
	list := make([]syslog.Message, len(sh.Entries))
	for i, e := range sh.Entries {
		list[i] = s.Shipping.message(e)
	}
	if err := s.Shipping.To.Send(ctx, list); err != nil {
		return false, err
	}
	err = s.Store.Shipped(ctx, s.holder, sh.Entries[len(list)-1].AuditEntry)
	if errors.Is(err, models.ErrNotHolder) {
		return false, nil // they arrive twice
	}
	return sh.More, err
}

// message is an entry as it is sent.
func (s *Shipping) message(e models.ShippedEntry) syslog.Message {
	text, omitted := e.Text(s.Longest - headerMost)
	m := syslog.Message{Severity: syslog.Info, At: e.At.UTC(), ID: "audit", Text: text, Data: []syslog.Param{
		{Name: "seq", Value: strconv.FormatInt(*e.Seq, 10)}, {Name: "hash", Value: e.Hash},
		{Name: "action", Value: e.Action}, {Name: "result", Value: string(e.Result)},
	}}
	if e.Result == models.AuditRefused {
		m.Severity = syslog.Warning
	}
	for _, p := range []syslog.Param{
		{Name: "actor", Value: e.ActorID}, {Name: "org", Value: e.OrgID}, {Name: "address", Value: e.IP},
		{Name: "omitted", Value: strings.Join(omitted, ",")},
	} {
		if p.Value != "" {
			m.Data = append(m.Data, p)
		}
	}
	return m
}

// alarm tells the operator, once a day and matter.
func (s *shipper) alarm(ctx context.Context, matter, detail string) {
	alarm := models.Alarm{ID: "audit-ship-" + matter + heads.Today(s.Store.Now()), Kind: models.AlarmAudit, Detail: detail}
	if err := s.Store.Raise(ctx, alarm); err != nil {
		s.Logger.ErrorContext(ctx, "raise alarm", "error", err)
	}
}
