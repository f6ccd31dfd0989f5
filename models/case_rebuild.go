package models

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// Remembered is one accepted action as the engine's history tells it: what arrived, and
// what came of it.
type Remembered struct {
	Received

	Outcome domain.Outcome
}

// Rebuild brings SQL up to what the engine remembers of one case. History starts with
// the opening event or at any later one that SQL still has. Events that SQL has stay
// untouched, those it lost are written again with their effects, and the projection
// becomes the fold of them all. Where events are signed, only who has the key writes any.
func (s *Store) Rebuild(ctx context.Context, n NewCase, history []Remembered) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, state, err := s.lastKnown(tx, n, history)
		if err != nil {
			return err
		}
		was := state.Seq
		for _, h := range history {
			if h.Outcome.Seq <= state.Seq {
				continue
			}
			if err := s.maySign(ctx); err != nil {
				return err
			}
			if state, err = s.replay(tx, &c, state, h); err != nil {
				return err
			}
		}
		between := map[string]any{"after": was, "to": state.Seq}
		e := AuditEntry{Action: ActionRebuilt, SubjectKind: "case", SubjectID: c.ID, OrgID: c.SchoolID, Details: between}
		if err := audit(tx, e); err != nil {
			return err
		}
		return fail(tx.Save(&c).Error, "save case")
	})
}

// maySign refuses to write events without a signature once a key has begun to sign.
func (s *Store) maySign(ctx context.Context) error {
	if s.signer.Load() != nil {
		return nil
	}
	signed, err := s.entered(ctx, ActionKey, "")
	if err != nil || !signed {
		return err
	}
	return apperr.New(apperr.Conflict,
		"要补写的事件必须签名，而这个进程没有审计签名密钥：请在配置了 ZX_AUDIT_KEY 的机器上执行 zhengxiao reconcile --repair。")
}

// lastKnown is the case as its remaining events tell it, with a row made anew when that
// is what was lost.
func (s *Store) lastKnown(tx *gorm.DB, n NewCase, history []Remembered) (Case, domain.State, error) {
	var c Case
	err := forUpdate(tx).Where("cohort_id = ? AND school_id = ?", n.CohortID, n.SchoolID).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		c, err = s.lostCase(tx, n, history)
	}
	if err != nil {
		return c, domain.State{}, fail(err, "load case")
	}
	state, err := c.fold(tx)
	return c, state, err
}

func (s *Store) lostCase(tx *gorm.DB, n NewCase, history []Remembered) (Case, error) {
	if len(history) == 0 {
		return Case{}, apperr.New(apperr.Corrupt, "the engine remembers nothing of this case")
	}
	c, err := s.draftCase(tx, n)
	if err != nil {
		return c, err
	}
	first, err := domain.Apply(domain.State{}, history[0].Outcome)
	if err != nil {
		return c, fmt.Errorf("read the opening event: %w", err)
	}
	c.ID, c.OpenedAt = first.CaseID, history[0].Outcome.At
	cohort, err := cohortOf(tx, n.CohortID)
	if err != nil {
		return c, err
	}
	if c.PolicyDigest, err = migratedTo(tx, c.ID); err != nil || c.PolicyDigest != "" {
		return c, err
	}
	c.PolicyDigest, err = policyAt(tx, cohort, c.OpenedAt)
	return c, err
}

// replay writes one lost event again.
func (s *Store) replay(tx *gorm.DB, c *Case, before domain.State, h Remembered) (domain.State, error) {
	after, err := domain.Apply(before, h.Outcome)
	if err != nil {
		return before, fmt.Errorf("replay event %d: %w", h.Outcome.Seq, err)
	}
	facts, err := s.facts(tx, c, domain.FactsFor(h.Kind), h.Action)
	if err != nil {
		return before, err
	}
	t := &turn{tx: tx, c: c, a: h.Received, before: before, after: after, facts: facts, at: h.Outcome.At, again: true}
	if err := t.commit(h.Outcome); err != nil {
		return before, fmt.Errorf("replay event %d: %w", h.Outcome.Seq, err)
	}
	return after, s.remember(tx, c.ID, h.Received, h.Outcome)
}
