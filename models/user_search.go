package models

import "context"

// UserFilter narrows a list of accounts; empty fields do not.
type UserFilter struct {
	OrgID    string
	Role     string
	Text     string // within name or login, or the end of the masked ID number
	Disabled *bool
}

// Users lists the accounts whose organisation is in scope, by login.
func (s *Store) Users(ctx context.Context, scope Scope, f UserFilter, p Page) ([]User, string, error) {
	q := scope.Orgs(s.DB(ctx).Joins("JOIN orgs ON orgs.id = users.org_id"))
	if f.OrgID != "" {
		q = q.Where("users.org_id = ?", f.OrgID)
	}
	if f.Role != "" {
		q = q.Where("EXISTS (SELECT 1 FROM grants g WHERE g.user_id = users.id AND g.role = ?)", f.Role)
	}
	if f.Text != "" {
		q = q.Where("(users.name LIKE ? ESCAPE '!' OR users.login LIKE ? ESCAPE '!' OR users.id_number_mask LIKE ? ESCAPE '!')",
			contains(f.Text), contains(f.Text), "%"+likeEscape.Replace(f.Text))
	}
	if f.Disabled != nil {
		q = q.Where("users.disabled = ?", *f.Disabled)
	}
	return paged(q, p, "users.login", func(u *User) []any { return []any{&u.Login} }, "list users")
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
