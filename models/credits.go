package models

import (
	"context"

	"zhengxiao/internal/domain"
)

// CreditView is a ledger row with the teacher's name.
type CreditView struct {
	Credit

	Name         string
	IDNumberMask string
}

// CreditFilter narrows a ledger; empty fields do not.
type CreditFilter struct {
	Year  int
	State domain.CreditState
}

// Credits lists the ledger of a case by teacher and year.
func (s *Store) Credits(ctx context.Context, caseID string, f CreditFilter, p Page) ([]CreditView, string, error) {
	q := s.DB(ctx).Table("credits").Where("credits.case_id = ?", caseID).
		Select("credits.*, users.name, users.id_number_mask").Joins("JOIN users ON users.id = credits.user_id")
	if f.Year != 0 {
		q = q.Where("credits.year = ?", f.Year)
	}
	if f.State != "" {
		q = q.Where("credits.state = ?", f.State)
	}
	return paged(q, p, "credits.user_id, credits.year",
		func(c *CreditView) []any { return []any{&c.UserID, &c.Year} }, "list credits")
}

// CreditSum adds up the ledger rows of one year in one state.
type CreditSum struct {
	Year  int
	State domain.CreditState
	Rows  int
	Hours domain.Hours
}

// CreditSums adds up the ledger of a case by year and state.
func (s *Store) CreditSums(ctx context.Context, caseID string) ([]CreditSum, error) {
	var rows []CreditSum
	err := s.DB(ctx).Model(&Credit{}).Where("case_id = ?", caseID).
		Select("year, state, COUNT(*) AS `rows`, SUM(hours) AS hours").Group("year, state").Order("year, state").Scan(&rows).Error
	return rows, fail(err, "sum credits")
}

// CreditsOf lists one teacher's credits over all cases, newest year first.
func (s *Store) CreditsOf(ctx context.Context, userID string) ([]Credit, error) {
	var rows []Credit
	err := s.DB(ctx).Where("user_id = ?", userID).Order("year DESC, case_id").Find(&rows).Error
	return rows, fail(err, "list credits of teacher")
}
