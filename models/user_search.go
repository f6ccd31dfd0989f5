package models

import (
	"context"

	"gorm.io/gorm"
)

// UserFilter narrows a list of accounts; empty fields do not.
type UserFilter struct {
	OrgID    string
	Under    string // path of any organisation above the account's, or its own
	Role     string
	Text     string // within name or login, or the end of the masked ID number
	Disabled *bool
}

var userOrders = map[string]order[User]{
	"login":    {"users.login", userLogin},
	"-login":   {"users.login DESC", userLogin},
	"name":     {"users.name, users.id", userName},
	"-name":    {"users.name DESC, users.id DESC", userName},
	"created":  {"users.created_at, users.id", userCreated},
	"-created": {"users.created_at DESC, users.id DESC", userCreated},
}

func userLogin(u *User) []any   { return []any{&u.Login} }
func userName(u *User) []any    { return []any{&u.Name, &u.ID} }
func userCreated(u *User) []any { return []any{&u.CreatedAt, &u.ID} }

// Users lists the accounts whose organisation is in scope, by one of userOrders, by login
// if none is named.
func (s *Store) Users(ctx context.Context, scope Scope, f UserFilter, p Page) ([]User, string, error) {
	o, p, err := chosen(userOrders, p, "login")
	if err != nil {
		return nil, "", err
	}
	within, err := s.usersOf(ctx, scope, f)
	if err != nil {
		return nil, "", err
	}
	holding, err := s.usersWith(ctx, f.Role)
	if err != nil {
		return nil, "", err
	}
	q := holding(within(s.DB(ctx).Table("users").Select("/*+ JOIN_FIXED_ORDER() */ users.*")))
	if f.Text != "" {
		q = q.Where("(users.name LIKE ? ESCAPE '!' OR users.login LIKE ? ESCAPE '!' OR users.id_number_mask LIKE ? ESCAPE '!')",
			contains(f.Text), contains(f.Text), "%"+likeEscape.Replace(f.Text))
	}
	if f.Disabled != nil {
		q = q.Where("users.disabled = ?", *f.Disabled)
	}
	return paged(q, p, o.by, o.keys, "list users")
}

// A list is read from its few matches, or else in its order until the page is full, where
// matches are sure to be met soon.
const (
	fewOrgs    = 50
	fewHolders = 1000
)

// usersOf is the condition for accounts of the organisations that are asked for.
func (s *Store) usersOf(ctx context.Context, scope Scope, f UserFilter) (func(*gorm.DB) *gorm.DB, error) {
	narrowed := func(q *gorm.DB) *gorm.DB {
		q = scope.Orgs(q)
		if f.Under != "" {
			q = q.Where("orgs.path >= ? AND orgs.path < ?", f.Under, pathEnd(f.Under))
		}
		if f.OrgID != "" {
			q = q.Where("orgs.id = ?", f.OrgID)
		}
		return q
	}
	var ids []string
	err := narrowed(s.DB(ctx).Table("orgs")).Limit(fewOrgs+1).Pluck("orgs.id", &ids).Error
	if err != nil || len(ids) > fewOrgs {
		return func(q *gorm.DB) *gorm.DB {
			return narrowed(q.Joins("CROSS JOIN orgs ON orgs.id = users.org_id"))
		}, fail(err, "list organisations of users")
	}
	return func(q *gorm.DB) *gorm.DB { return q.Where("users.org_id IN ?", ids) }, nil
}

// usersWith is the condition for accounts that hold a role, "" for any.
func (s *Store) usersWith(ctx context.Context, role string) (func(*gorm.DB) *gorm.DB, error) {
	if role == "" {
		return func(q *gorm.DB) *gorm.DB { return q }, nil
	}
	var ids []string
	err := s.DB(ctx).Table("grants").Where("role = ?", role).Limit(fewHolders+1).Pluck("user_id", &ids).Error
	if err != nil || len(ids) > fewHolders {
		return func(q *gorm.DB) *gorm.DB {
			return q.Where("EXISTS (SELECT /*+ NO_SEMIJOIN() */ 1 FROM grants g WHERE g.user_id = users.id AND g.role = ?)", role)
		}, fail(err, "list holders of role")
	}
	return func(q *gorm.DB) *gorm.DB { return q.Where("users.id IN ?", ids) }, nil
}

// UserNames returns the names of accounts by id.
func (s *Store) UserNames(ctx context.Context, ids []string) (map[string]string, error) {
	var rows []User
	err := s.DB(ctx).Select("id", "name").Where("id IN ?", ids).Find(&rows).Error
	names := make(map[string]string, len(rows))
	for _, u := range rows {
		names[u.ID] = u.Name
	}
	return names, fail(err, "list user names")
}
