package models

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// AcknowledgementView is an account, and when its owner read the version that is asked about.
type AcknowledgementView struct {
	ID, Login, Name, OrgID string
	PrivacyVersion         string // what was read last, whichever it was
	At                     *time.Time
}

// AcknowledgementFilter narrows a list of accounts by what they have read.
type AcknowledgementFilter struct {
	UserFilter

	Version string
	Read    *bool // the version is what was read last
}

var acknowledgementOrders = map[string]order[AcknowledgementView]{
	"login":  {"users.login", acknowledgedLogin},
	"-login": {"users.login DESC", acknowledgedLogin},
	"name":   {"users.name, users.id", acknowledgedName},
	"-name":  {"users.name DESC, users.id DESC", acknowledgedName},
	// Of who has read it only.
	"acknowledged":  {"a.at, a.user_id", acknowledgedAt},
	"-acknowledged": {"a.at DESC, a.user_id DESC", acknowledgedAt},
}

func acknowledgedLogin(v *AcknowledgementView) []any { return []any{&v.Login} }
func acknowledgedName(v *AcknowledgementView) []any  { return []any{&v.Name, &v.ID} }

func acknowledgedAt(v *AcknowledgementView) []any {
	if v.At == nil {
		v.At = new(time.Time)
	}
	return []any{v.At, &v.ID}
}

// SortsAcknowledged reports whether a list in this order has only those who have read the
// version.
func SortsAcknowledged(sort string) bool { return strings.HasSuffix(sort, "acknowledged") }

// Acknowledgements lists the accounts in use whose organisation is in scope, with when each
// read a version, by login unless asked otherwise.
func (s *Store) Acknowledgements(ctx context.Context, scope Scope, f AcknowledgementFilter, p Page) ([]AcknowledgementView, string, error) {
	o, p, err := chosen(acknowledgementOrders, p, "login")
	if err != nil {
		return nil, "", err
	}
	within, err := s.usersOf(ctx, scope, f.UserFilter)
	if err != nil {
		return nil, "", err
	}
	holding, err := s.usersWith(ctx, f.Role)
	if err != nil {
		return nil, "", err
	}
	const columns = "/*+ JOIN_FIXED_ORDER() */ users.id, users.login, users.name, users.org_id, users.privacy_version, a.at"
	q := s.DB(ctx).Select(columns)
	if SortsAcknowledged(p.Sort) {
		q = within(q.Table("privacy_acknowledgements a").Joins("CROSS JOIN users ON users.id = a.user_id").Where("a.version = ?", f.Version))
	} else {
		q = within(q.Table("users")).Joins("LEFT JOIN privacy_acknowledgements a ON a.user_id = users.id AND a.version = ?", f.Version)
	}
	q = holding(q).Where("users.disabled = ?", false)
	switch {
	case SortsAcknowledged(p.Sort), f.Read != nil && *f.Read:
		q = q.Where("users.privacy_version = ?", f.Version)
	case f.Read != nil:
		q = q.Where("users.privacy_version <> ?", f.Version)
	}
	if f.Text != "" {
		q = q.Where("(users.name LIKE ? ESCAPE '!' OR users.login LIKE ? ESCAPE '!')", contains(f.Text), contains(f.Text))
	}
	return paged(q, p, o.by, o.keys, "list acknowledgements")
}

// AcknowledgedOrg counts the accounts in use of an organisation and all below it, and those
// of them who have read a version last. Own counts those of the organisation alone.
type AcknowledgedOrg struct {
	Org

	Own            bool
	Accounts, Read int
}

// Unread is how many have not.
func (o AcknowledgedOrg) Unread() int { return o.Accounts - o.Read }

// AcknowledgedOrgs counts for an organisation alone and for each directly below it, by name.
func (s *Store) AcknowledgedOrgs(ctx context.Context, above *Org, version string) ([]AcknowledgedOrg, error) {
	var below []Org
	if err := s.DB(ctx).Where("parent_id = ?", above.ID).Order("name, id").Find(&below).Error; err != nil {
		return nil, fail(err, "list organisations")
	}
	rows := []AcknowledgedOrg{{Org: *above, Own: true}}
	for _, o := range below {
		rows = append(rows, AcknowledgedOrg{Org: o})
	}
	return rows, fail(countAcknowledged(s.DB(ctx), rows, version), "count acknowledgements")
}

// countAcknowledged fills in what is counted of the first organisation and of those below it.
func countAcknowledged(tx *gorm.DB, rows []AcknowledgedOrg, version string) error {
	var counts []struct {
		Path               string
		Accounts, HaveRead int
	}
	above := rows[0].Path
	err := tx.Table("orgs").Joins("JOIN users ON users.org_id = orgs.id AND users.disabled = ?", false).
		Select("orgs.path, COUNT(*) AS accounts, SUM(CASE WHEN users.privacy_version = ? THEN 1 ELSE 0 END) AS have_read", version).
		Where("orgs.path >= ? AND orgs.path < ?", above, pathEnd(above)).Group("orgs.path").Scan(&counts).Error
	if err != nil {
		return err
	}
	at := map[string]*AcknowledgedOrg{}
	for i := range rows {
		at[rows[i].Path] = &rows[i]
	}
	for _, c := range counts {
		first, _, _ := strings.Cut(strings.TrimPrefix(c.Path, above), "/")
		path := above
		if first != "" {
			path += first + "/"
		}
		if row := at[path]; row != nil {
			row.Accounts, row.Read = row.Accounts+c.Accounts, row.Read+c.HaveRead
		}
	}
	return nil
}

// SortAcknowledged puts counts in order: by name, by how many have not read it, or by the
// share of those who have.
func SortAcknowledged(rows []AcknowledgedOrg, sort string) {
	by, descending := strings.CutPrefix(sort, "-")
	slices.SortStableFunc(rows, func(a, b AcknowledgedOrg) int {
		var c int
		switch by {
		case "unread":
			c = cmp.Compare(a.Unread(), b.Unread())
		case "share":
			c = cmp.Compare(a.Read*b.Accounts, b.Read*a.Accounts)
		default:
			c = strings.Compare(a.Name, b.Name)
		}
		if descending {
			c = -c
		}
		return c
	})
}
