package models

import (
	"context"

	"zhengxiao/internal/domain"
)

// EventsOf lists a case's events of one kind, oldest first, with the names a reader needs.
func (s *Store) EventsOf(ctx context.Context, caseID string, kind domain.Kind) ([]TimelineEvent, error) {
	var rows []TimelineEvent
	err := s.DB(ctx).Table("events").Where("events.case_id = ? AND events.kind = ?", caseID, kind).
		Select("events.*, COALESCE(u.name, '') AS actor_name, COALESCE(o.name, '') AS org_name").
		Joins("LEFT JOIN users u ON u.id = events.actor_id").Joins("LEFT JOIN orgs o ON o.id = events.actor_org").
		Order("events.seq").Find(&rows).Error
	return rows, fail(err, "list events of a kind")
}

// AllCredits is a case's whole ledger, by teacher and year.
func (s *Store) AllCredits(ctx context.Context, caseID string) ([]CreditView, error) {
	var rows []CreditView
	err := s.DB(ctx).Table("credits").Where("credits.case_id = ?", caseID).
		Select("credits.*, users.name, users.id_number_mask").Joins("JOIN users ON users.id = credits.user_id").
		Order("credits.user_id, credits.year").Find(&rows).Error
	return rows, fail(err, "list all credits")
}
