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
		Body: e.Body, Patch: e.Patch, Prev: e.PrevHash,
	})
	if err != nil {
		panic(fmt.Sprintf("encode event: %v", err)) // strings and numbers only
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
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
	folded, head, err := foldEvents(s.DB(ctx), caseID)
	if err != nil {
		return err
	}
	if head != c.HeadHash {
		return apperr.Newf(apperr.Corrupt, "case %s: head is %.12s, its last event has %.12s", caseID, c.HeadHash, head)
	}
	raw, err := json.Marshal(folded)
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	if string(raw) != c.State {
		return apperr.Newf(apperr.Corrupt, "case %s: the projection differs from its %d events", caseID, folded.Seq)
	}
	return nil
}

// foldEvents replays a case's events and returns the state and the head of the chain.
func foldEvents(tx *gorm.DB, caseID string) (domain.State, string, error) {
	var events []Event
	if err := tx.Where("case_id = ?", caseID).Order("seq").Find(&events).Error; err != nil {
		return domain.State{}, "", fmt.Errorf("load events: %w", err)
	}
	var state domain.State
	prev := ""
	for i := range events {
		e := &events[i]
		if e.Seq != i+1 || e.PrevHash != prev || e.Hash != e.digest() {
			return state, prev, apperr.Newf(apperr.Corrupt, "case %s: the chain breaks at event %d", caseID, i+1)
		}
		next, err := domain.Apply(state, e.outcome())
		if err != nil {
			return state, prev, fmt.Errorf("fold event %d: %w", e.Seq, err)
		}
		state, prev = next, e.Hash
	}
	return state, prev, nil
}
