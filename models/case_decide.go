package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/fault"
)

// Why a decision can not be made right now; both wait for reconcile to repair the rows.
const (
	CodeProjectionBehind  apperr.Code = "projection_behind"  // the workflow knows more events than SQL
	CodeProjectionMissing apperr.Code = "projection_missing" // the case has a workflow but no row
)

// Received is an action as it arrived, with the digest of what the actor sent.
type Received struct {
	domain.Action

	BodySHA256 string
}

// Decision is what a workflow learns: the outcomes it had missed, then this action's.
type Decision struct {
	Missed  []domain.Outcome
	Outcome domain.Outcome
}

// Decide judges one action exactly once, in one transaction under the case's row lock,
// and writes everything that follows from it. known is the workflow's own event count.
// An action that was decided before gets its stored outcome.
func (s *Store) Decide(ctx context.Context, caseID string, known int, a Received) (Decision, error) {
	var d Decision
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		d = Decision{}
		c, err := lockCase(tx, caseID)
		if err != nil {
			return err
		}
		if c.Seq < known {
			return apperr.Newf(CodeProjectionBehind, "case %s: the workflow is at event %d, SQL at %d", caseID, known, c.Seq)
		}
		if d.Missed, err = outcomesAfter(tx, caseID, known); err != nil {
			return err
		}
		if stored, ok, err := storedOutcome(tx, a.ID); ok || err != nil {
			d.Outcome = stored
			return err
		}
		d.Outcome, err = s.decide(tx, &c, a)
		return err
	})
	if err == nil && d.Outcome.Accepted() {
		fault.Point(fault.AfterCommit)
	}
	return d, err
}

// decide judges under the lock and writes the outcome.
func (s *Store) decide(tx *gorm.DB, c *Case, a Received) (domain.Outcome, error) {
	state, err := c.Decode()
	if err != nil {
		return domain.Outcome{}, err
	}
	facts, err := s.facts(tx, c, domain.FactsFor(a.Kind), a.Action)
	if err != nil {
		return domain.Outcome{}, err
	}
	out := domain.Decide(state, a.Action, facts)
	out.At = out.At.Truncate(time.Microsecond)
	if !out.Accepted() {
		return out, s.remember(tx, c.ID, a, out)
	}
	next, err := domain.Apply(state, out)
	if err != nil {
		return domain.Outcome{}, err
	}
	if a.Kind == domain.SystemMigrate {
		facts.Policy = facts.Target // plan and notices are by the policy the case goes on with
	}
	t := &turn{tx: tx, c: c, a: a, before: state, after: next, facts: facts, at: out.At}
	if err := t.commit(out); err != nil {
		return domain.Outcome{}, err
	}
	fault.Point(fault.BeforeCommit)
	return out, s.remember(tx, c.ID, a, out)
}

// Refuse records an outcome that no rule produced: the decision itself broke. The case
// stays as it is, the actor gets an answer, the operator an alarm.
func (s *Store) Refuse(ctx context.Context, caseID string, a Received, cause string) (domain.Outcome, error) {
	var out domain.Outcome
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		stored, ok, err := storedOutcome(tx, a.ID)
		if ok || err != nil {
			out = stored
			return err
		}
		out = domain.Outcome{
			ActionID: a.ID, Kind: a.Kind, Code: apperr.Internal, Message: apperr.MessageOf(errors.New(cause)),
			At: s.Now(),
		}
		alarm := Alarm{ID: a.ID, Kind: AlarmDecision, CaseID: caseID, Detail: truncate(cause, detailMax), CreatedAt: out.At}
		if err := raise(tx, alarm); err != nil {
			return err
		}
		return s.remember(tx, caseID, a, out)
	})
	return out, err
}

// Preview judges an action on the projection without writing anything: a quick no for
// the caller. A yes means nothing yet.
func (s *Store) Preview(ctx context.Context, caseID string, a domain.Action) (domain.Outcome, error) {
	c, err := s.CaseByID(ctx, caseID)
	if err != nil {
		return domain.Outcome{}, err
	}
	state, err := c.Decode()
	if err != nil {
		return domain.Outcome{}, err
	}
	facts, err := s.facts(s.DB(ctx), &c, domain.FactsFor(a.Kind), a)
	if err != nil {
		return domain.Outcome{}, err
	}
	return domain.Decide(state, a, facts), nil
}

func lockCase(tx *gorm.DB, id string) (Case, error) {
	var c Case
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).First(&c, "id = ?", id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return c, apperr.Newf(CodeProjectionMissing, "case %s has no row", id)
	}
	if err != nil {
		return c, fmt.Errorf("lock case: %w", err)
	}
	return c, nil
}

// storedOutcome finds what became of an action that was decided before.
func storedOutcome(tx *gorm.DB, actionID string) (domain.Outcome, bool, error) {
	var row ActionRow
	err := tx.Limit(1).Find(&row, "id = ?", actionID).Error
	if err != nil {
		return domain.Outcome{}, false, fmt.Errorf("look up action: %w", err)
	}
	if row.ID == "" || row.Status == ActionPending {
		return domain.Outcome{}, false, nil
	}
	out, err := row.Decode()
	return out, err == nil, err
}

// Decode returns the stored outcome of a decided action.
func (r ActionRow) Decode() (domain.Outcome, error) {
	var out domain.Outcome
	if err := json.Unmarshal([]byte(r.Outcome), &out); err != nil {
		return out, fmt.Errorf("decode outcome of action %s: %w", r.ID, err)
	}
	return out, nil
}

// outcomesAfter returns what a workflow at event number known has not applied yet.
func outcomesAfter(tx *gorm.DB, caseID string, known int) ([]domain.Outcome, error) {
	var events []Event
	if err := tx.Where("case_id = ? AND seq > ?", caseID, known).Order("seq").Find(&events).Error; err != nil {
		return nil, fmt.Errorf("load missed events: %w", err)
	}
	var missed []domain.Outcome
	for i := range events {
		missed = append(missed, events[i].outcome())
	}
	return missed, nil
}

// remember stores the outcome with the action's id. What the system refused itself is
// forgotten unless somebody waits for it: the timer will ring again.
func (s *Store) remember(tx *gorm.DB, caseID string, a Received, out domain.Outcome) error {
	if !out.Accepted() && a.Actor.Role == domain.RoleSystem {
		if asked, err := awaited(tx, a); err != nil || !asked {
			return err
		}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("encode outcome: %w", err)
	}
	row := ActionRow{
		ID: a.ID, CaseID: caseID, ActorID: a.Actor.UserID, Kind: a.Kind, BodySHA256: a.BodySHA256,
		Status: ActionAccepted, Seq: out.Seq, Code: string(out.Code), Message: truncate(out.Message, 1000), Field: out.Field,
		Outcome: string(raw), ReceivedAt: a.At, DecidedAt: &out.At,
	}
	if !out.Accepted() {
		row.Status = ActionRefused
	}
	decided := clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{
		"body_sha256", "status", "seq", "code", "message", "field", "outcome", "decided_at", "envelope", "resend_at",
	})}
	if err := tx.Clauses(decided).Create(&row).Error; err != nil {
		return fmt.Errorf("store outcome: %w", err)
	}
	if out.Accepted() {
		return nil
	}
	return tell(tx, FeedRow{Topic: FeedTasks, CaseID: caseID, UserID: a.Actor.UserID})
}
