package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// Scope is which cases a person may see: everything, those of schools below some
// organisations, and single cases. Below further organisations it may reach the
// organisations and their accounts, but no case.
type Scope struct {
	All      bool     `json:"all,omitempty"`
	Paths    []string `json:"paths,omitempty"` // organisation paths, "/a/b/"
	CaseIDs  []string `json:"case_ids,omitempty"`
	OrgPaths []string `json:"org_paths,omitempty"` // without the cases there
}

// Roots are the organisations below which the scope reaches organisations and accounts.
func (s Scope) Roots() []string { return slices.Concat(s.Paths, s.OrgPaths) }

// Cases narrows a query on cases to the scope.
func (s Scope) Cases(db *gorm.DB) *gorm.DB { return s.within(db, "cases.path", "cases.id") }

// Orgs narrows a query that reads orgs to the scope.
func (s Scope) Orgs(db *gorm.DB) *gorm.DB {
	return s.people(db, "orgs.path")
}

// people narrows a query to what concerns organisations and accounts in scope.
func (s Scope) people(db *gorm.DB, path string) *gorm.DB {
	return Scope{All: s.All, Paths: s.Roots()}.within(db, path, "")
}

func (s Scope) within(db *gorm.DB, path, id string) *gorm.DB {
	if s.All {
		return db
	}
	var terms []string
	var args []any
	for _, p := range s.Paths {
		terms = append(terms, "("+path+" >= ? AND "+path+" < ?)")
		args = append(args, p, pathEnd(p))
	}
	if id != "" && len(s.CaseIDs) > 0 {
		terms = append(terms, id+" IN ?")
		args = append(args, s.CaseIDs)
	}
	if len(terms) == 0 {
		return db.Where("1 = 0")
	}
	return db.Where("("+strings.Join(terms, " OR ")+")", args...)
}

// Covers reports whether the scope reaches the organisation at path.
func (s Scope) Covers(path string) bool {
	for _, p := range s.Roots() {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return s.All
}

// Concerns reports whether what is at path reaches into the scope: it is in it, or above
// a part of it.
func (s Scope) Concerns(path string) bool {
	near := func(p string) bool { return strings.HasPrefix(p, path) || strings.HasPrefix(path, p) }
	return s.All || slices.ContainsFunc(s.Paths, near)
}

// CoversCase reports whether the scope reaches the case of a school at path.
func (s Scope) CoversCase(path, id string) bool {
	below := func(p string) bool { return strings.HasPrefix(path, p) }
	return s.All || slices.ContainsFunc(s.Paths, below) || slices.Contains(s.CaseIDs, id)
}

// pathEnd is the first string after every path below p: '0' follows '/'. Comparing
// bytes, unlike LIKE, uses the index in both dialects.
func pathEnd(p string) string { return strings.TrimSuffix(p, "/") + "0" }

// ScopeOf works out what one grant of a user reaches: teachers and leaders the cases
// whose roster they are on, experts the cases they are invited to, security and audit
// administrators organisations and accounts only, everybody else the organisation's subtree.
func (s *Store) ScopeOf(ctx context.Context, g Grant) (Scope, error) {
	switch g.Role {
	case domain.RoleTeacher, domain.RoleGroupLeader:
		return s.cases(ctx, "roster", "user_id = ?", g.UserID)
	case domain.RoleExpert:
		return s.cases(ctx, "tasks", "user_id = ? AND role = ?", g.UserID, domain.RoleExpert)
	}
	org, err := s.Org(ctx, g.OrgID)
	if err != nil {
		return Scope{}, err
	}
	if g.Role == domain.RoleSecurity || g.Role == domain.RoleAudit {
		return Scope{OrgPaths: []string{org.Path}}, nil
	}
	return Scope{Paths: []string{org.Path}}, nil
}

func (s *Store) cases(ctx context.Context, table, where string, args ...any) (Scope, error) {
	var ids []string
	err := s.DB(ctx).Table(table).Where(where, args...).Distinct().Order("case_id").Pluck("case_id", &ids).Error
	return Scope{CaseIDs: ids}, fail(err, fmt.Sprintf("list cases by %s", table))
}

// CaseInScope is the one way to load a case for a person. A case outside the scope does
// not exist.
func (s *Store) CaseInScope(ctx context.Context, scope Scope, id string) (*Case, error) {
	var c Case
	err := scope.Cases(s.DB(ctx)).Where("cases.id = ?", id).Take(&c).Error
	if err != nil {
		return nil, found(err, "项目", "load case")
	}
	return &c, nil
}
