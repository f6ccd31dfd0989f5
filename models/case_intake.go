package models

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// CaseByID loads a case without any scope; callers on behalf of a person use the scoped
// loader instead.
func (s *Store) CaseByID(ctx context.Context, id string) (Case, error) {
	var c Case
	return c, found(s.DB(ctx).First(&c, "id = ?", id).Error, "项目", "load case")
}

// ActionByID returns an action and, once decided, its outcome; not_found if it was never
// received.
func (s *Store) ActionByID(ctx context.Context, id string) (ActionRow, error) {
	var row ActionRow
	return row, found(s.DB(ctx).First(&row, "id = ?", id).Error, "操作", "load action")
}

// Intake notes that an action was received, before it is signalled. With its Envelope it is
// sent again until it is decided. When the id is known already it changes nothing and
// returns the row there is.
func (s *Store) Intake(ctx context.Context, row ActionRow) (ActionRow, bool, error) {
	row.Status = ActionPending
	if row.Envelope != nil {
		at := row.ReceivedAt.Add(resendFirst)
		row.ResendAt = &at
		row.EnvelopeMAC = s.keyed(keyedEnvelope, row.says()...)
	}
	for {
		err := s.DB(ctx).Create(&row).Error
		if err == nil {
			return row, true, nil
		}
		if !IsDuplicate(err) {
			return row, false, fail(err, "receive action")
		}
		known, err := s.ActionByID(ctx, row.ID)
		if !apperr.Is(err, apperr.NotFound) { // else dropped in between
			return known, false, err
		}
	}
}

// DropIntake forgets a received action that could not be signalled. A decided one stays.
func (s *Store) DropIntake(ctx context.Context, id string) error {
	err := s.DB(ctx).Delete(&ActionRow{}, "id = ? AND status = ?", id, ActionPending).Error
	return fail(err, "drop action")
}

// FactsFor loads facts for showing what is possible, outside any decision.
func (s *Store) FactsFor(ctx context.Context, caseID string, need domain.Need, by domain.Actor) (domain.Facts, error) {
	c, err := s.CaseByID(ctx, caseID)
	if err != nil {
		return domain.Facts{}, err
	}
	return s.facts(s.DB(ctx), &c, need, domain.Action{Actor: by})
}

// Alarm kinds.
const (
	AlarmDecision   = "decision"   // a decision broke and became the outcome `internal`
	AlarmUnreadable = "unreadable" // a message that could not be decoded
	AlarmOrphan     = "orphan"     // the engine and SQL disagree about which cases exist
	AlarmOutbox     = "outbox"     // work that keeps failing
	AlarmStuck      = "stuck"      // a timer or a job that a case needs is refused
	AlarmInfected   = "infected"   // malware was uploaded
	AlarmDelivery   = "delivery"   // messages to the world outside are not taken
	AlarmAudit      = "audit"      // the audit log is not what it was, or cannot be sealed
)

// detailMax is how much of its cause an alarm keeps, in bytes.
const detailMax = 2000

// alarmIDMax is how long an alarm's id may be; longer ones must be hashed.
const alarmIDMax = 64

// Raise records an alarm once; raising it again changes nothing.
func (s *Store) Raise(ctx context.Context, a Alarm) error {
	if a.ID == "" || len(a.ID) > alarmIDMax {
		return fmt.Errorf("raise alarm: id %q must have 1 to %d bytes", a.ID, alarmIDMax)
	}
	a.CreatedAt, a.Detail = s.Now(), truncate(a.Detail, detailMax)
	return s.Tx(ctx, func(tx *gorm.DB) error { return raise(tx, a) })
}

func raise(tx *gorm.DB, a Alarm) error {
	var known int64
	if err := tx.Model(&Alarm{}).Where("id = ?", a.ID).Count(&known).Error; err != nil || known > 0 {
		return fail(err, "look for alarm")
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&a).Error; err != nil {
		return fail(err, "raise alarm")
	}
	return tell(tx, alarmed)
}

// alarmed tells every operator that the alarms have changed.
var alarmed = FeedRow{Topic: FeedAlarm, Role: domain.RoleSysadmin}
