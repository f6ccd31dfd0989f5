package models

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// PutPolicy stores a merged policy by its digest; storing it again changes nothing.
func (s *Store) PutPolicy(ctx context.Context, digest, programme string, body []byte) error {
	row := PolicyRow{Digest: digest, Programme: programme, Body: string(body), CreatedAt: s.Now()}
	return fail(s.putLaw(ctx, &row, AuditEntry{Action: "policy.store", SubjectKind: "policy", SubjectID: digest}), "store policy")
}

// Policy returns the policy with that digest.
func (s *Store) Policy(ctx context.Context, digest string) (domain.Policy, error) {
	return s.policy(s.DB(ctx), digest)
}

// policy is Policy within a transaction. Decoded policies are kept: a digest never
// changes its meaning.
func (s *Store) policy(tx *gorm.DB, digest string) (domain.Policy, error) {
	known, _ := s.policies.Load(digest)
	if p, ok := known.(domain.Policy); ok {
		return p, nil
	}
	var row PolicyRow
	if err := tx.Where("digest = ?", digest).Take(&row).Error; err != nil {
		return domain.Policy{}, found(err, "政策版本", "load policy")
	}
	var p domain.Policy
	if err := json.Unmarshal([]byte(row.Body), &p); err != nil {
		return p, apperr.Wrap(err, apperr.Corrupt, "政策数据已损坏，请联系系统管理员。")
	}
	s.policies.Store(digest, p)
	return p, nil
}

// AddOverlay stores the next version of a scope's changes to the base policy.
func (s *Store) AddOverlay(ctx context.Context, o Overlay) (*Overlay, error) {
	o.ID, o.CreatedAt = newID(), s.Now()
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var last int
		err := forUpdate(tx.Model(&Overlay{})).Where("scope_id = ? AND programme = ?", o.ScopeID, o.Programme).
			Select("COALESCE(MAX(version), 0)").Scan(&last).Error
		if err != nil {
			return err
		}
		o.Version = last + 1
		if err := tx.Create(&o).Error; err != nil {
			return err
		}
		return audit(tx, published(&o))
	})
	if IsDuplicate(err) {
		return nil, apperr.New(apperr.Conflict, "另一人刚刚修改了同一份细则，请刷新后重新修改。")
	}
	return &o, fail(err, "store overlay")
}

// Overlays lists the versions of one scope, newest first.
func (s *Store) Overlays(ctx context.Context, scopeID, programme string) ([]Overlay, error) {
	var rows []Overlay
	err := s.DB(ctx).Where("scope_id = ? AND programme = ?", scopeID, programme).Order("version DESC").Find(&rows).Error
	return rows, fail(err, "list overlays")
}

// PutCalendar stores a version of the working-day calendar; storing it again changes
// nothing.
func (s *Store) PutCalendar(ctx context.Context, version string, body []byte, by string) error {
	row := CalendarRow{Version: version, Body: string(body), CreatedBy: by, CreatedAt: s.Now()}
	return fail(s.putLaw(ctx, &row, AuditEntry{Action: "calendar.store", SubjectKind: "calendar", SubjectID: version}), "store calendar")
}

// putLaw stores an immutable row unless it is there, which leaves no entry.
func (s *Store) putLaw(ctx context.Context, row any, e AuditEntry) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(row)
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		return audit(tx, e)
	})
}

// Calendar returns one version of the calendar.
func (s *Store) Calendar(ctx context.Context, version string) (*CalendarRow, error) {
	var row CalendarRow
	if err := s.DB(ctx).Where("version = ?", version).Take(&row).Error; err != nil {
		return nil, found(err, "工作日历", "load calendar")
	}
	return &row, nil
}

// NewestCalendar returns the version stored last.
func (s *Store) NewestCalendar(ctx context.Context) (*CalendarRow, error) {
	var row CalendarRow
	if err := s.DB(ctx).Order("created_at DESC, version DESC").Take(&row).Error; err != nil {
		return nil, found(err, "工作日历", "load newest calendar")
	}
	return &row, nil
}

// CalendarView is a stored calendar as lists show it, without its days.
type CalendarView struct {
	Version   string
	Reason    string
	CreatedAt time.Time
	CreatedBy string // name
	Cohorts   int    // how many count by it
}

// Calendars lists the stored calendars, the newest first.
func (s *Store) Calendars(ctx context.Context) ([]CalendarView, error) {
	var rows []CalendarView
	err := s.DB(ctx).Table("calendars c").
		Select("c.version, c.reason, c.created_at, COALESCE(u.name, '') AS created_by, " +
			"(SELECT COUNT(*) FROM cohorts WHERE cohorts.calendar_version = c.version) AS cohorts").
		Joins("LEFT JOIN users u ON u.id = c.created_by").Order("c.created_at DESC, c.version DESC").Scan(&rows).Error
	return rows, fail(err, "list calendars")
}

// CohortsByCalendar counts the cohorts that count by a calendar, "" being the built-in one.
func (s *Store) CohortsByCalendar(ctx context.Context, version string) (int, error) {
	var n int64
	err := s.DB(ctx).Model(&Cohort{}).Where("calendar_version = ?", version).Count(&n).Error
	return int(n), fail(err, "count cohorts of calendar")
}
