package models

import (
	"context"
	"strings"

	"zhengxiao/internal/domain"
)

// ExpertsFor lists the enabled experts of the organisations above a case's school, by
// name: those who may be asked onto its panel, people of the school included.
func (s *Store) ExpertsFor(ctx context.Context, c *Case, text string) ([]User, error) {
	above := strings.Split(strings.Trim(c.Path, "/"), "/")
	q := s.DB(ctx).Where("users.disabled = ?", false).
		Where("EXISTS (SELECT 1 FROM grants g WHERE g.user_id = users.id AND g.role = ? AND g.org_id IN ?)", domain.RoleExpert, above)
	if text != "" {
		q = q.Where("users.name LIKE ? ESCAPE '!'", contains(text))
	}
	var rows []User
	err := q.Order("users.name, users.id").Limit(maxLimit).Find(&rows).Error
	return rows, fail(err, "list experts")
}
