package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/notary"
)

// link is what an event's hash covers, in this order and spelling for ever.
type link struct {
	CaseID   string      `json:"case_id"`
	Seq      int         `json:"seq"`
	ActionID string      `json:"action_id"`
	Kind     domain.Kind `json:"kind"`
	Actor    string      `json:"actor"`
	Role     domain.Role `json:"role"`
	Org      string      `json:"org"`
	At       string      `json:"at"`
	Body     string      `json:"body"`
	Patch    string      `json:"patch"`
	Prev     string      `json:"prev"`
	Behalf   string      `json:"behalf,omitempty"`
	Stated   string      `json:"stated,omitempty"`
}

// seal links the event behind prev.
func (e *Event) seal(prev string) {
	e.PrevHash = prev
	e.Hash = e.digest()
}

// digest is the hex sha256 of the event and its predecessor's hash. Instants are cut to
// the microsecond that every database keeps.
func (e *Event) digest() string {
	raw, err := json.Marshal(link{
		CaseID: e.CaseID, Seq: e.Seq, ActionID: e.ActionID, Kind: e.Kind,
		Actor: e.ActorID, Role: e.ActorRole, Org: e.ActorOrg,
		At:   e.At.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano),
		Body: e.Body, Patch: e.Patch, Prev: e.PrevHash, Behalf: e.OnBehalf, Stated: textOf(e.Stated),
	})
	if err != nil {
		panic(fmt.Sprintf("encode event: %v", err)) // strings and numbers only
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// sign signs the event's hash, which covers its whole chain.
func (s *Store) sign(e *Event) {
	if by := s.signer.Load(); by != nil {
		e.KeyID, e.Signature = by.ID(), by.Sign(notary.PurposeEvent, e.Hash)
	}
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// outcome is what the workflow applied for this event.
func (e *Event) outcome() domain.Outcome {
	return domain.Outcome{ActionID: e.ActionID, Kind: e.Kind, Seq: e.Seq, At: e.At, Patch: json.RawMessage(e.Patch)}
}

// VerifyChain checks one case from its first event: unbroken numbers, every hash right,
// and the fold of all patches equal to the projection. The error says where it breaks.
func (s *Store) VerifyChain(ctx context.Context, caseID string) error {
	var c Case
	if err := s.DB(ctx).First(&c, "id = ?", caseID).Error; err != nil {
		return fmt.Errorf("load case: %w", err)
	}
	folded := Case{ID: caseID}
	if _, err := folded.fold(s.DB(ctx)); err != nil {
		return err
	}
	if folded.HeadHash != c.HeadHash {
		return apperr.Newf(apperr.Corrupt, "case %s: head is %.12s, its last event has %.12s", caseID, c.HeadHash, folded.HeadHash)
	}
	if folded.State != c.State {
		return apperr.Newf(apperr.Corrupt, "case %s: the projection differs from its %d events", caseID, folded.Seq)
	}
	return nil
}

// fold replays the case's events: the row becomes what they make of it, each at its own
// time. Without any event the row stays as it is, with no head.
func (c *Case) fold(tx *gorm.DB) (domain.State, error) {
	var state domain.State
	var events []Event
	if err := tx.Where("case_id = ?", c.ID).Order("seq").Find(&events).Error; err != nil {
		return state, fmt.Errorf("load events: %w", err)
	}
	c.HeadHash, c.RosterFrozenAt, c.ClosedAt = "", nil, nil
	for i := range events {
		e := &events[i]
		if e.Seq != i+1 || e.PrevHash != c.HeadHash || e.Hash != e.digest() {
			return state, apperr.Newf(apperr.Corrupt, "case %s: the chain breaks at event %d", c.ID, i+1)
		}
		next, err := domain.Apply(state, e.outcome())
		if err != nil {
			return state, fmt.Errorf("fold event %d: %w", e.Seq, err)
		}
		if err := c.Project(next, e.At); err != nil {
			return state, err
		}
		state, c.HeadHash = next, e.Hash
	}
	return state, nil
}
