package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// EventFilter narrows the event log; empty fields do not. From and To bound when it
// happened, To excluded.
type EventFilter struct {
	CaseID   string
	ActorID  string
	Kind     domain.Kind
	Stage    domain.Stage // where the case was when it happened
	From, To time.Time
	Text     string // within the school's name

	// Experts is where the reader may know who an expert is, and Blind the cases of it
	// where not. It matters with ActorID only, which would otherwise tell.
	Experts Scope
	Blind   []string
}

// CaseEvent is an event with the case it belongs to.
type CaseEvent struct {
	TimelineEvent

	SchoolID     string
	SchoolName   string
	DistrictID   string
	DistrictName string
	CohortID     string
}

// fewCases is up to how many cases the log is read case by case; beyond, by time, where
// that many cases are sure to be met soon.
const fewCases = 200

var eventOrders = map[string]order[CaseEvent]{
	"at":  {"events.at, events.case_id, events.seq", eventAt},
	"-at": {"events.at DESC, events.case_id DESC, events.seq DESC", eventAt},
}

func eventAt(e *CaseEvent) []any { return []any{&e.At, &e.CaseID, &e.Seq} }

// Events lists what happened in the cases in scope, the newest leading.
func (s *Store) Events(ctx context.Context, scope Scope, f EventFilter, p Page) ([]CaseEvent, string, error) {
	o, p, err := chosen(eventOrders, p, "-at")
	if err != nil {
		return nil, "", err
	}
	within, err := s.eventCases(ctx, scope, f)
	if err != nil {
		return nil, "", err
	}
	// Both dialects are to begin with the events, in order, and stop when the page is full.
	q := s.DB(ctx).Table("events").
		Select("/*+ JOIN_FIXED_ORDER() */ events.*, COALESCE(u.name, '') AS actor_name, COALESCE(o.name, '') AS org_name, " +
			"cases.school_id, cases.school_name, cases.district_id, cases.cohort_id, d.name AS district_name").
		Joins("CROSS JOIN cases ON cases.id = events.case_id").Joins("LEFT JOIN users u ON u.id = events.actor_id").
		Joins("LEFT JOIN orgs o ON o.id = events.actor_org").Joins("LEFT JOIN orgs d ON d.id = cases.district_id")
	q = f.apply(within(q), s.DB(ctx))
	return paged(q, p, o.by, o.keys, "list events of cases")
}

// eventCases is the condition for events of the cases that are asked for.
func (s *Store) eventCases(ctx context.Context, scope Scope, f EventFilter) (func(*gorm.DB) *gorm.DB, error) {
	narrowed := func(q *gorm.DB) *gorm.DB {
		q = scope.Cases(q)
		if f.Text != "" {
			q = q.Where("cases.school_name LIKE ? ESCAPE '!'", contains(f.Text))
		}
		if f.CaseID != "" {
			q = q.Where("cases.id = ?", f.CaseID)
		}
		return q
	}
	var ids []string
	err := narrowed(s.DB(ctx).Table("cases")).Limit(fewCases+1).Pluck("cases.id", &ids).Error
	if err != nil || len(ids) > fewCases {
		return narrowed, fail(err, "list cases of events")
	}
	return func(q *gorm.DB) *gorm.DB { return q.Where("events.case_id IN ?", ids) }, nil
}

func (f EventFilter) apply(q, fresh *gorm.DB) *gorm.DB {
	if f.Kind != "" {
		q = q.Where("events.kind = ?", f.Kind)
	}
	if f.Stage != "" {
		q = q.Where("events.stage_before = ?", f.Stage)
	}
	if !f.From.IsZero() {
		q = q.Where("events.at >= ?", f.From.UTC())
	}
	if !f.To.IsZero() {
		q = q.Where("events.at < ?", f.To.UTC())
	}
	if f.ActorID == "" {
		return q
	}
	known := f.Experts.Cases(fresh)
	if len(f.Blind) > 0 {
		known = known.Where("events.case_id NOT IN ?", f.Blind)
	}
	return q.Where("events.actor_id = ?", f.ActorID).
		Where(fresh.Where("events.actor_role <> ?", domain.RoleExpert).Or(known))
}

// CasesByID returns the cases with these ids, by id.
func (s *Store) CasesByID(ctx context.Context, ids []string) (map[string]*Case, error) {
	var rows []Case
	err := s.DB(ctx).Where("id IN ?", sorted(ids)).Find(&rows).Error
	cases := make(map[string]*Case, len(rows))
	for i := range rows {
		cases[rows[i].ID] = &rows[i]
	}
	return cases, fail(err, "load cases")
}
