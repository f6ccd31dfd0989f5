package models

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// AuditResult says what came of what was asked for.
type AuditResult string

// The results of an entry.
const (
	AuditOK      AuditResult = "ok"
	AuditRefused AuditResult = "refused"
)

// AuditEntry is one line of the audit log: who did what, from where, and what became of it.
// Store.Audit fills in what the request tells, so that a caller names the action, its
// subject and what is worth knowing of it. Nothing in an entry is personal data in clear.
type AuditEntry struct {
	ID          string `gorm:"primaryKey"`
	At          time.Time
	ActorID     string // "" is the system
	ActorRole   domain.Role
	ActorOrg    string
	Session     string // names the session, without being any use to enter it
	IP          string `gorm:"column:ip"`
	Request     string // operation of the API
	Action      string // stable code, such as user.grant
	Result      AuditResult
	Code        string // why it was refused
	Times       int    // how often, for refusals that are counted together
	SubjectKind string
	SubjectID   string
	OrgID       string // whose affair it is: who reaches it may find the entry
	Path        string // of OrgID
	Detail      string // JSON object: names of fields, old and new values that are not personal
	Stated      string // JSON: what became of the rows that the transaction wrote; see stated.go
	Seq         *int64 // place in the chain, nil until sealed
	Hash        string
	SealedAt    *time.Time
	MAC         string `gorm:"column:mac"` // keyed digest by the process that wrote it

	Details map[string]any `gorm:"-"` // becomes Detail
}

// AuditSubjectMax is how long the id of a subject may be.
const AuditSubjectMax = 255

// TableName is the table of AuditEntry.
func (*AuditEntry) TableName() string { return "audit_log" }

// Origin is who a request comes from. It travels in the context; entries that are written
// under it carry it.
type Origin struct {
	ActorID   string
	ActorRole domain.Role
	ActorOrg  string
	Session   string
	IP        string
	Request   string
	Action    string // what the request is called in the log
	// Subject is what the request is about, for what has no entry of its own.
	SubjectKind, SubjectID, OrgID string
	// Must says that a transaction without an entry of its own gets one.
	Must bool

	entries atomic.Int64
}

// Entries is how many entries and events have been committed under the origin.
func (o *Origin) Entries() int { return int(o.entries.Load()) }

// aside is ctx for a write that is not what the request is about: it needs no entry.
func aside(ctx context.Context) context.Context {
	o := OriginOf(ctx)
	return WithOrigin(ctx, &Origin{
		ActorID: o.ActorID, ActorRole: o.ActorRole, ActorOrg: o.ActorOrg, Session: o.Session, IP: o.IP, Request: o.Request, Action: o.Action,
		SubjectKind: o.SubjectKind, SubjectID: o.SubjectID, OrgID: o.OrgID,
	})
}

type (
	originKey struct{}
	trailKey  struct{}
)

// WithOrigin returns a context in which entries come from o.
func WithOrigin(ctx context.Context, o *Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf is where what is done under ctx comes from; never nil.
func OriginOf(ctx context.Context) *Origin {
	if o, ok := ctx.Value(originKey{}).(*Origin); ok {
		return o
	}
	return &Origin{}
}

// trail is what one attempt at a transaction leaves: entries that it asked for, and rows
// that it wrote.
type trail struct {
	entries []AuditEntry
	touched touched
	events  int
	store   *Store
}

func trailOf(tx *gorm.DB) *trail {
	t, _ := tx.Statement.Context.Value(trailKey{}).(*trail)
	return t
}

// Audit has the transaction leave an entry when it commits, with the state of the rows that
// it wrote. tx must be one of Store.Tx.
func (s *Store) Audit(tx *gorm.DB, e AuditEntry) error { return audit(tx, e) }

func audit(tx *gorm.DB, e AuditEntry) error {
	t := trailOf(tx)
	if t == nil {
		return fmt.Errorf("audit %s: not in a transaction of the store", e.Action)
	}
	t.entries = append(t.entries, e)
	return nil
}

// AuditAlone leaves an entry about something that changed nothing: a refusal, a download.
func (s *Store) AuditAlone(ctx context.Context, e AuditEntry) error {
	return s.Tx(ctx, func(tx *gorm.DB) error { return audit(tx, e) })
}

// settle writes the entries of a transaction, at its end. What it wrote is stated by its
// last entry; when nobody asked for one, by one of its own.
func (t *trail) settle(tx *gorm.DB) error {
	stated, err := t.touched.stated(tx)
	if err != nil {
		return err
	}
	o := OriginOf(tx.Statement.Context)
	if len(t.entries) == 0 {
		if len(stated) == 0 && (!o.Must || t.events > 0 || o.Entries() > 0) {
			return nil
		}
		t.entries = []AuditEntry{unasked(o, stated)}
	}
	for i := range t.entries {
		if err := t.entries[i].complete(tx, o); err != nil {
			return err
		}
	}
	if len(stated) > 0 {
		t.entries[len(t.entries)-1].Stated = stated.encode()
	}
	for i := range t.entries {
		t.entries[i].MAC = t.store.mark(&t.entries[i])
	}
	return fail(tx.CreateInBatches(t.entries, batchSize).Error, "write audit log")
}

// unasked is the entry of a transaction that asked for none.
func unasked(o *Origin, stated statements) AuditEntry {
	e := AuditEntry{Action: o.Action, SubjectKind: o.SubjectKind, SubjectID: o.SubjectID, OrgID: o.OrgID}
	if e.Action == "" {
		e.Action = "system.change"
	}
	if e.SubjectKind == "" && len(stated) > 0 {
		e.SubjectKind, e.SubjectID = stated[0].Table, truncate(stated[0].Key, AuditSubjectMax)
	}
	return e
}

// seat finds the organisation of somebody whom the request did not know yet: who signs in
// is somebody of theirs, and their auditors see it.
func (e *AuditEntry) seat(tx *gorm.DB) error {
	if e.ActorOrg != "" || e.OrgID != "" {
		return nil
	}
	var orgs []string
	err := tx.Model(&User{}).Where("id = ?", e.ActorID).Limit(1).Pluck("org_id", &orgs).Error
	if len(orgs) > 0 {
		e.ActorOrg = orgs[0]
	}
	return fail(err, "find organisation of actor")
}

// complete fills in what the entry does not say itself.
func (e *AuditEntry) complete(tx *gorm.DB, o *Origin) error {
	e.ID, e.At, e.Session, e.IP, e.Request = newID(), tx.NowFunc().UTC().Truncate(time.Microsecond), o.Session, o.IP, o.Request
	if e.ActorID == "" {
		e.ActorID, e.ActorRole, e.ActorOrg = o.ActorID, o.ActorRole, o.ActorOrg
	} else if err := e.seat(tx); err != nil {
		return err
	}
	if e.Result == "" {
		e.Result = AuditOK
	}
	if e.Times == 0 {
		e.Times = 1
	}
	if e.OrgID == "" {
		e.OrgID = e.ActorOrg
	}
	raw, err := json.Marshal(e.Details)
	if err != nil {
		return fmt.Errorf("encode detail of %s: %w", e.Action, err)
	}
	if e.Detail = string(raw); e.Details == nil {
		e.Detail = "{}"
	}
	if e.OrgID == "" || e.Path != "" {
		return nil
	}
	var paths []string
	err = tx.Model(&Org{}).Where("id = ?", e.OrgID).Limit(1).Pluck("path", &paths).Error
	if len(paths) > 0 {
		e.Path = paths[0]
	}
	return fail(err, "find organisation of entry")
}
