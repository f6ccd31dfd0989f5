package models

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm/clause"

	"zhengxiao/internal/domain"
)

// Hit is one thing that a search found. CaseID is the newest case that goes with it, if
// there is one in scope.
type Hit struct {
	ID     string
	Name   string
	Code   string // of a school; the login of a user; the 备案号 of a case
	Org    string // name of the superior organisation, or of the user's
	Stage  domain.Stage
	CaseID string
}

// startsWith is the condition that a column begins with text, as a range that both
// dialects find in an index.
func startsWith(column, text string) (string, []any) {
	return column + " >= ? AND " + column + " < ?", []any{text, text + string(utf8.MaxRune)}
}

// FindSchools finds schools in scope by any part of the name or the beginning of the code:
// those named exactly so first, then those that begin so.
func (s *Store) FindSchools(ctx context.Context, scope Scope, text string, limit int) ([]Hit, error) {
	code, args := startsWith("orgs.code", text)
	q := s.DB(ctx).Table("orgs").Joins("JOIN orgs d ON d.id = orgs.parent_id").
		Select("orgs.id, orgs.name, orgs.code, d.name AS org").
		Where("orgs.level = ? AND (orgs.name LIKE ? ESCAPE '!' OR ("+code+"))", append([]any{LevelSchool, contains(text)}, args...)...)
	if !scope.All {
		own := scope.within(s.DB(ctx), "orgs.path", "")
		if len(scope.CaseIDs) > 0 {
			own = own.Or("orgs.id IN (?)", s.DB(ctx).Table("cases").Select("school_id").Where("id IN ?", scope.CaseIDs))
		}
		q = q.Where(own)
	}
	var hits []Hit
	err := q.Order(clause.OrderBy{Expression: clause.Expr{
		SQL:  "CASE WHEN orgs.name = ? OR orgs.code = ? THEN 0 WHEN orgs.name LIKE ? ESCAPE '!' THEN 1 ELSE 2 END, orgs.name, orgs.id",
		Vars: []any{text, text, likeEscape.Replace(text) + "%"},
	}}).Limit(limit).Scan(&hits).Error
	if err != nil {
		return nil, fail(err, "find schools")
	}
	return hits, s.newestCases(ctx, scope, hits, "cases", "school_id")
}

// FindUsers finds accounts of organisations in scope by the beginning of the name or of
// the login. cases is the scope of the cases that it names.
func (s *Store) FindUsers(ctx context.Context, scope, cases Scope, text string, limit int) ([]Hit, error) {
	within, err := s.usersOf(ctx, scope, UserFilter{})
	if err != nil {
		return nil, err
	}
	var hits []Hit
	for _, by := range [][2]string{{"users.name", text}, {"users.login", strings.ToLower(text)}} {
		var rows []Hit
		sql, args := startsWith(by[0], by[1])
		err := within(s.DB(ctx).Table("users").Select("/*+ JOIN_FIXED_ORDER() */ users.id, users.name, users.login AS code, users.org_id AS org")).
			Where(sql, args...).Order(by[0] + ", users.id").Limit(limit).Scan(&rows).Error
		if err != nil {
			return nil, fail(err, "find users")
		}
		hits = append(hits, rows...)
	}
	slices.SortFunc(hits, func(a, b Hit) int { return strings.Compare(a.Name+"\x00"+a.Code, b.Name+"\x00"+b.Code) })
	hits = slices.CompactFunc(hits, func(a, b Hit) bool { return a.ID == b.ID })
	hits = hits[:min(limit, len(hits))]
	orgs := make([]string, len(hits))
	for i := range hits {
		orgs[i] = hits[i].Org
	}
	names, err := s.OrgNames(ctx, orgs)
	if err != nil {
		return nil, err
	}
	for i := range hits {
		hits[i].Org = names[hits[i].Org]
	}
	return hits, s.newestCases(ctx, cases, hits, "roster", "user_id")
}

// FindFilings finds cases in scope by the beginning of the 备案号, with or without 备.
func (s *Store) FindFilings(ctx context.Context, scope Scope, text string, limit int) ([]Hit, error) {
	with, args := startsWith("cases.filing_no", text)
	without, more := startsWith("cases.filing_no", "备"+text)
	var hits []Hit
	err := scope.Cases(s.DB(ctx).Table("cases")).Where("(("+with+") OR ("+without+"))", append(args, more...)...).
		Select("cases.id, cases.id AS case_id, cases.filing_no AS code, cases.school_name AS name, cases.stage").
		Order("cases.filing_no, cases.id").Limit(limit).Scan(&hits).Error
	return hits, fail(err, "find filing numbers")
}

// newestCases notes with each hit its newest case in scope. table names the owner of a
// case in column.
func (s *Store) newestCases(ctx context.Context, scope Scope, hits []Hit, table, column string) error {
	ids := make([]string, len(hits))
	for i := range hits {
		ids[i] = hits[i].ID
	}
	if len(ids) == 0 {
		return nil
	}
	q := s.DB(ctx).Table("cases").Where(table+"."+column+" IN ?", ids)
	if table != "cases" {
		q = q.Joins("JOIN " + table + " ON " + table + ".case_id = cases.id")
	}
	var rows []struct {
		Owner, ID string
		Stage     domain.Stage
	}
	err := scope.Cases(q).Select(table + "." + column + " AS owner, cases.id, cases.stage").Order("cases.opened_at, cases.id").Scan(&rows).Error
	for _, r := range rows { // the newest comes last
		for i := range hits {
			if hits[i].ID == r.Owner {
				hits[i].CaseID, hits[i].Stage = r.ID, r.Stage
			}
		}
	}
	return fail(err, "find cases")
}
