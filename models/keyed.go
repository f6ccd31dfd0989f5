package models

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// What a keyed digest is for.
const (
	keyedSession  = "sessions"
	keyedEnvelope = "actions.envelope"
)

// keyed is the digest, by the blind index key, of what a row says. Whoever only reaches the
// database cannot make one.
func (s *Store) keyed(column string, says ...string) string {
	if s.keys == nil {
		return ""
	}
	return s.keys.Index(column, texts(says))
}

// genuine reports whether one of our processes made a digest, under any key there is.
func (s *Store) genuine(mac, column string, says ...string) bool {
	if s.keys == nil || mac == "" {
		return false
	}
	same := 0
	for _, right := range s.keys.Indexes(column, texts(says)) {
		same |= subtle.ConstantTimeCompare([]byte(right), []byte(mac))
	}
	return same == 1
}

func texts(list []string) string {
	raw, err := json.Marshal(list)
	if err != nil {
		panic(fmt.Sprintf("encode texts: %v", err)) // texts only
	}
	return string(raw)
}

// sessionUse are the columns of a session that its digest does not cover: they change with
// use, or describe it to its owner.
var sessionUse = []string{"mac", "seen_at", "ip", "agent"}

// says is what of a session its digest covers: all that gives access. Columns that say
// nothing are left out, so that one added later ends no session.
//
//nolint:contextcheck,nolintlint // gorm wants a context to read a field, which asks nobody; found at callers
func (s Session) says() []string {
	var list []string
	at := reflect.ValueOf(s)
	for _, f := range schemaOf(Session{}).Fields {
		if v, zero := f.ValueOf(noContext, at); !zero && !slices.Contains(sessionUse, f.DBName) {
			list = append(list, f.DBName+"="+plainValue(v))
		}
	}
	slices.Sort(list)
	return list
}

func (s *Store) keySession(row *Session) { row.MAC = s.keyed(keyedSession, row.says()...) }

// ours reports whether one of our processes made a session.
func (s *Store) ours(row *Session) bool { return s.genuine(row.MAC, keyedSession, row.says()...) }

// foreignSession tells the operator, once a day, of sessions that nobody signed in for.
func (s *Store) foreignSession(ctx context.Context, row *Session) error {
	return s.Raise(ctx, Alarm{
		ID: "session-" + s.Now().Format(time.DateOnly), Kind: AlarmAudit,
		Detail: fmt.Sprintf("session %s of user %s was written by none of our processes; it was refused", row.Ref(), row.UserID),
	})
}

func (r ActionRow) says() []string {
	if r.Envelope == nil {
		return []string{r.ID, r.CaseID}
	}
	return []string{r.ID, r.CaseID, *r.Envelope}
}

// received reports whether one of our processes received a pending action.
func (s *Store) received(a *ActionRow) bool {
	return s.genuine(a.EnvelopeMAC, keyedEnvelope, a.says()...)
}

// The actions of entries about actions that were received before there were digests.
const (
	ActionEnvelopes = "action.keyed"   // from here on actions have digests
	ActionAdopted   = "action.adopted" // one from before was given its digest
)

// adoptFor is for how long after that an action without a digest is taken to be received by
// a process of the release before, which may run on during an upgrade.
const adoptFor = 24 * time.Hour

// BeginEnvelopes enters in the log from when on actions that were received have digests.
// Where there have been actions before, those without one are adopted for a while. It may be
// called again, by every worker that starts.
func (s *Store) BeginEnvelopes(ctx context.Context) error {
	begun, err := s.entered(ctx, ActionEnvelopes, "")
	if err != nil || begun {
		return err
	}
	var before []string
	if err := s.DB(ctx).Model(&ActionRow{}).Limit(1).Pluck("id", &before).Error; err != nil {
		return fail(err, "look for actions from before")
	}
	until := s.Now()
	if len(before) > 0 {
		until = until.Add(adoptFor)
	}
	return s.AuditAlone(ctx, AuditEntry{
		Action: ActionEnvelopes, SubjectKind: "actions", Details: map[string]any{"adopted_until": plainValue(until)},
	})
}

// adopts reports whether actions without a digest are adopted now: the first entry says so,
// and it is one of ours.
func (s *Store) adopts(ctx context.Context) (bool, error) {
	var first []AuditEntry
	if err := s.DB(ctx).Where("action = ?", ActionEnvelopes).Order("at, id").Limit(1).Find(&first).Error; err != nil {
		return false, fail(err, "look into audit log")
	}
	if len(first) == 0 || !s.marked(&first[0]) {
		return false, nil
	}
	var detail struct {
		Until time.Time `json:"adopted_until"`
	}
	err := json.Unmarshal([]byte(first[0].Detail), &detail)
	return err == nil && s.Now().Before(detail.Until), nil
}

// vouched reports whether a pending action may be sent: one of our processes received it,
// or it is adopted. Another stays where it is, and the operator is told: its sender may
// simply send it again.
func (s *Store) vouched(ctx context.Context, row *ActionRow) (bool, error) {
	if row.Envelope == nil || s.received(row) {
		return true, nil
	}
	adopts := row.EnvelopeMAC == ""
	if adopts {
		var err error
		if adopts, err = s.adopts(ctx); err != nil {
			return false, err
		}
	}
	if !adopts {
		return false, s.Raise(ctx, Alarm{
			ID: alarmID("foreign action " + row.ID), Kind: AlarmAudit, CaseID: row.CaseID,
			Detail: fmt.Sprintf("pending action %s (%s) was received by none of our processes; it is kept and not sent", row.ID, row.Kind),
		})
	}
	err := s.DB(ctx).Model(&ActionRow{}).Where("id = ? AND status = ?", row.ID, ActionPending).
		Update("envelope_mac", s.keyed(keyedEnvelope, row.says()...)).Error
	if err != nil {
		return false, fail(err, "adopt action")
	}
	return true, s.AuditAlone(ctx, AuditEntry{
		Action: ActionAdopted, SubjectKind: "action", SubjectID: row.ID,
		Details: map[string]any{"case": row.CaseID, "actor": row.ActorID, "kind": row.Kind},
	})
}
