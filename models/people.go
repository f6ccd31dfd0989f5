package models

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// PersonView is an account as lists to choose from show it. Roles are comma-separated.
type PersonView struct {
	ID      string
	Name    string
	OrgName string
	Roles   string
}

// RoleNames is what users see of the roles.
func (p PersonView) RoleNames() []string {
	names := []string{}
	for role := range strings.SplitSeq(p.Roles, ",") {
		if name := domain.Role(role).Name(); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// peopleMost is how many a list to choose from shows; more text narrows it.
const peopleMost = 50

// people lists accounts that hold one of the grants that where narrows to.
func (s *Store) people(ctx context.Context, text, what string, where func(*gorm.DB) *gorm.DB) ([]PersonView, error) {
	q := s.DB(ctx).Table("grants").Select("users.id, users.name, MIN(orgs.name) AS org_name, GROUP_CONCAT(grants.role) AS roles").
		Joins("JOIN users ON users.id = grants.user_id").Joins("JOIN orgs ON orgs.id = grants.org_id").
		Where("users.disabled = ?", false)
	if text != "" {
		q = q.Where("users.name LIKE ? ESCAPE '!'", contains(text))
	}
	var rows []PersonView
	err := where(q).Group("users.id, users.name").Order("users.name, users.id").Limit(peopleMost).Find(&rows).Error
	return rows, fail(err, what)
}

// HoldersOf lists who holds a role at an organisation.
func (s *Store) HoldersOf(ctx context.Context, seat Seat, text string) ([]PersonView, error) {
	return s.people(ctx, text, "list holders", func(q *gorm.DB) *gorm.DB {
		return q.Where("grants.org_id = ? AND grants.role = ?", seat.OrgID, seat.Role)
	})
}

// readerRoles may be sent copies; experts see a case as members of its panel only.
var readerRoles = []domain.Role{
	domain.RoleSchoolAdmin, domain.RolePrincipal, domain.RoleDistrict, domain.RoleBureau, domain.RoleCityOffice,
	domain.RoleInspector, domain.RoleAuditor,
}

// Readers lists who may be sent a copy of a case: the school's leaders and the offices
// above it.
func (s *Store) Readers(ctx context.Context, c *Case, text string) ([]PersonView, error) {
	above := strings.Split(strings.Trim(c.Path, "/"), "/")
	return s.people(ctx, text, "list readers", func(q *gorm.DB) *gorm.DB {
		return q.Where("grants.org_id IN ? AND grants.role IN ?", above, readerRoles)
	})
}

// Colleagues lists who can stand in for a person in a role that can be delegated.
func (s *Store) Colleagues(ctx context.Context, userID, text string) ([]PersonView, error) {
	return s.people(ctx, text, "list colleagues", func(q *gorm.DB) *gorm.DB {
		own := s.DB(ctx).Table("grants AS g").Select("g.org_id").Where("g.user_id = ? AND g.role IN ?", userID, domain.DelegableRoles())
		return q.Where("grants.org_id IN (?) AND grants.user_id <> ? AND grants.role <> ?", own, userID, domain.RoleExpert)
	})
}
