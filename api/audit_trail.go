package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/throttle"
	"zhengxiao/models"
)

const (
	// refusalEvery is how often a person's refusals at one operation make an entry; those in
	// between are counted.
	refusalEvery = time.Minute
	// refusalsKept bounds how many counts are kept.
	refusalsKept = 10_000
	// refusalsUnknown is how many entries a process makes in that time of callers who are not
	// signed in, wherever they are; the rest is one entry.
	refusalsUnknown = 30
	// auditTime is how long an entry may take to be written after the answer.
	auditTime = 10 * time.Second
	codeKey   = "problem_code"
)

// audit tells the store where a request comes from, so that what it changes is entered in
// its name, and enters what changes nothing: refusals, and what was taken out.
func (s *server) audit(c *gin.Context) {
	op, ok := operationOf(c)
	if !ok {
		c.Next()
		return
	}
	o := &models.Origin{IP: c.ClientIP(), Request: op.id(), Action: audited[op.id()]}
	o.SubjectKind, o.SubjectID = subjectOf(c)
	o.Must = o.Action != ""
	ctx := models.WithOrigin(c.Request.Context(), o)
	c.Request = c.Request.WithContext(ctx)
	c.Next()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTime)
	defer cancel()
	if err := s.afterwards(ctx, c, op, o); err != nil {
		s.log.ErrorContext(ctx, "write audit log", "operation", op.id(), "error", err)
		s.seen.AuditLost(1)
	}
}

func (s *server) afterwards(ctx context.Context, c *gin.Context, op operation, o *models.Origin) error {
	status := c.Writer.Status()
	switch {
	case status == http.StatusForbidden, status == http.StatusTooManyRequests, status == http.StatusNotFound && o.SubjectID != "",
		c.GetString(codeKey) == string(models.CodeLogoutToken):
		return s.refusals.note(ctx, s.store, o, c.GetString(codeKey))
	case status >= http.StatusBadRequest:
		return nil
	}
	if action := takes(c, op); action != "" {
		return s.store.AuditAlone(ctx, models.AuditEntry{
			Action: action, SubjectKind: o.SubjectKind, SubjectID: o.SubjectID, OrgID: o.OrgID,
			Details: map[string]any{"of": op.id(), "filters": filtersOf(c)},
		})
	}
	if o.Must && o.Entries() == 0 {
		return s.store.AuditAlone(ctx, models.AuditEntry{Action: o.Action, SubjectKind: o.SubjectKind, SubjectID: o.SubjectID, OrgID: o.OrgID})
	}
	return nil
}

// refusals bounds how many entries refusals make: whoever is refused on purpose a thousand
// times a second gets one entry a minute that says so.
type refusals struct {
	mu      sync.Mutex
	counts  map[refusalKey]*refusalCount
	since   time.Time // of the entries of unknown callers that are counted
	unknown int
	lost    func(int) // told of counts that are forgotten
}

type refusalKey struct{ actor, ip, request, code string }

// unknownCallers is the key of all who are not signed in and are too many to name.
var unknownCallers = refusalKey{code: "unknown_callers"}

type refusalCount struct {
	since time.Time
	times int
	// entry and origin are of the last refusal that was counted.
	entry  models.AuditEntry
	origin *models.Origin
}

// due counts a refusal and says how many an entry is to be made of now, 0 for none, and
// whether of all unknown callers together.
func (r *refusals) due(k refusalKey, now time.Time) (times int, together bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k.actor == "" && r.entry(k, now) && !r.named(now) {
		return r.count(unknownCallers, now), true
	}
	return r.count(k, now), false
}

// entry reports whether one more refusal makes an entry.
func (r *refusals) entry(k refusalKey, now time.Time) bool {
	n := r.counts[k]
	return n == nil || now.Sub(n.since) >= refusalEvery
}

// named reports whether one more entry may name a caller who is not signed in.
func (r *refusals) named(now time.Time) bool {
	if now.Sub(r.since) >= refusalEvery {
		r.since, r.unknown = now, 0
	}
	r.unknown++
	return r.unknown <= refusalsUnknown
}

func (r *refusals) count(k refusalKey, now time.Time) int {
	if r.counts == nil || len(r.counts) >= refusalsKept {
		r.forget()
	}
	n := r.counts[k]
	if n == nil {
		r.counts[k] = &refusalCount{since: now}
		return 1
	}
	n.times++
	if now.Sub(n.since) < refusalEvery {
		return 0
	}
	times := n.times
	n.since, n.times = now, 0
	return times
}

// forget makes room; what was counted and not entered is lost.
func (r *refusals) forget() {
	times := 0
	for _, n := range r.counts {
		times += n.times
	}
	if times > 0 && r.lost != nil {
		r.lost(times)
	}
	r.counts = map[refusalKey]*refusalCount{}
}

// remember keeps whose refusal was counted last.
func (r *refusals) remember(k refusalKey, o *models.Origin, e models.AuditEntry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := r.counts[k]; n != nil {
		n.origin, n.entry = o, e
	}
}

// settle enters what was counted and not entered.
func (r *refusals) settle(ctx context.Context, store *models.Store) error {
	r.mu.Lock()
	counts := r.counts
	r.counts = nil
	r.mu.Unlock()
	var errs []error
	for _, n := range counts {
		if n.times == 0 || n.origin == nil {
			continue
		}
		e := n.entry
		e.Times = n.times
		if err := store.AuditAlone(models.WithOrigin(ctx, n.origin), e); err != nil {
			errs = append(errs, err)
			r.lost(n.times)
		}
	}
	return errors.Join(errs...)
}

func (r *refusals) note(ctx context.Context, store *models.Store, o *models.Origin, code string) error {
	if code == "" {
		code = string(apperr.Forbidden)
	}
	k := refusalKey{actor: o.ActorID, request: o.Request, code: code}
	if o.ActorID == "" {
		k.ip = throttle.Address(o.IP)
	}
	times, together := r.due(k, store.Now())
	e := models.AuditEntry{
		Action: o.Action, Result: models.AuditRefused, Code: code, Times: times, SubjectKind: o.SubjectKind, SubjectID: o.SubjectID,
	}
	if together {
		k = unknownCallers
		e.Action, e.Code, e.SubjectKind, e.SubjectID = "", unknownCallers.code, "", "" // the address is that of the last of them
	}
	e.Action = cmp.Or(e.Action, "access")
	if r.remember(k, o, e); times == 0 {
		return nil
	}
	return store.AuditAlone(ctx, e)
}
