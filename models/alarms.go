package models

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// AlarmFilter narrows a list of alarms; empty fields do not.
type AlarmFilter struct {
	Open   *bool
	Kind   string
	CaseID string
}

// AlarmView is an alarm with the names a reader needs.
type AlarmView struct {
	Alarm

	SchoolName string
	ClosedBy   string // name; empty for the system
}

var alarmOrders = map[string]order[AlarmView]{
	"created":  {"alarms.created_at, alarms.id", alarmCreated},
	"-created": {"alarms.created_at DESC, alarms.id DESC", alarmCreated},
}

func alarmCreated(a *AlarmView) []any { return []any{&a.CreatedAt, &a.ID} }

// Alarms lists alarms by one of alarmOrders, the newest leading.
func (s *Store) Alarms(ctx context.Context, f AlarmFilter, p Page) ([]AlarmView, string, error) {
	o, p, err := chosen(alarmOrders, p, "-created")
	if err != nil {
		return nil, "", err
	}
	q := s.DB(ctx).Table("alarms").
		Select("alarms.*, COALESCE(c.school_name, '') AS school_name, COALESCE(u.name, '') AS closed_by").
		Joins("LEFT JOIN cases c ON c.id = alarms.case_id").Joins("LEFT JOIN users u ON u.id = alarms.cleared_by")
	switch {
	case f.Open == nil:
	case *f.Open:
		q = q.Where("alarms.cleared_at IS NULL")
	default:
		q = q.Where("alarms.cleared_at IS NOT NULL")
	}
	if f.Kind != "" {
		q = q.Where("alarms.kind = ?", f.Kind)
	}
	if f.CaseID != "" {
		q = q.Where("alarms.case_id = ?", f.CaseID)
	}
	return paged(q, p, o.by, o.keys, "list alarms")
}

// CloseAlarm notes who dealt with an alarm, and how.
func (s *Store) CloseAlarm(ctx context.Context, id, by, note string) (*AlarmView, error) {
	if note = strings.TrimSpace(note); note == "" {
		return nil, apperr.Field("note", "请写明如何处置，以便他人查看。")
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var a Alarm
		if err := forUpdate(tx).Where("id = ?", id).Take(&a).Error; err != nil {
			return found(err, "告警", "load alarm")
		}
		if a.ClearedAt != nil {
			return apperr.New(apperr.Conflict, "该告警已经处置，请刷新列表查看是谁、怎样处置的。")
		}
		change := map[string]any{"cleared_at": s.Now(), "cleared_by": by, "cleared_note": note}
		if err := tx.Model(&a).Updates(change).Error; err != nil {
			return err
		}
		if err := audit(tx, AuditEntry{Action: "alarm.close", SubjectKind: "alarm", SubjectID: id}); err != nil {
			return err
		}
		return tell(tx, alarmed)
	})
	if err != nil {
		return nil, fail(err, "close alarm")
	}
	var v AlarmView
	err = s.DB(ctx).Table("alarms").Where("alarms.id = ?", id).
		Select("alarms.*, COALESCE(c.school_name, '') AS school_name, COALESCE(u.name, '') AS closed_by").
		Joins("LEFT JOIN cases c ON c.id = alarms.case_id").Joins("LEFT JOIN users u ON u.id = alarms.cleared_by").Take(&v).Error
	return &v, fail(err, "load closed alarm")
}
