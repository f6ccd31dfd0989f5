package models

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// below lists the levels an organisation may have children of. A school below a city is
// 局属 (002:61).
var below = map[Level][]Level{
	"":            {LevelProvince, LevelCity},
	LevelProvince: {LevelCity},
	LevelCity:     {LevelDistrict, LevelSchool},
	LevelDistrict: {LevelSchool},
}

// NewOrg describes an organisation to create. ParentID is empty for the root.
type NewOrg struct {
	ParentID string
	Level    Level
	Code     string
	Name     string
}

// CreateOrg adds an organisation below its parent. Organisations never move: their path
// is part of every scope.
func (s *Store) CreateOrg(ctx context.Context, n NewOrg) (*Org, error) {
	var level Level
	o := Org{ID: newID(), Level: n.Level, Code: n.Code, Name: n.Name, CreatedAt: s.Now()}
	o.Path = "/" + o.ID + "/"
	if n.ParentID != "" {
		parent, err := s.Org(ctx, n.ParentID)
		if err != nil {
			return nil, err
		}
		level = parent.Level
		o.ParentID, o.Path = &parent.ID, parent.Path+o.ID+"/"
	}
	switch {
	case n.Code == "" || n.Name == "":
		return nil, apperr.Field("name", "请填写机构的代码和名称。")
	case !slices.Contains(below[level], n.Level):
		return nil, apperr.Field("level", "机构层级不对：学校应设在区或市之下，区应设在市之下。")
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&o).Error; err != nil {
			return err
		}
		e := AuditEntry{Action: "org.create", SubjectKind: "org", SubjectID: o.ID, OrgID: o.ID, Details: map[string]any{"level": o.Level, "code": o.Code}}
		return audit(tx, e)
	})
	if IsDuplicate(err) {
		return nil, apperr.Newf(apperr.Conflict, "机构代码 %s 已被使用，请换一个。", n.Code).On("code")
	}
	return &o, fail(err, "create organisation")
}

// Org returns one organisation.
func (s *Store) Org(ctx context.Context, id string) (*Org, error) {
	var o Org
	if err := s.DB(ctx).Where("id = ?", id).Take(&o).Error; err != nil {
		return nil, found(err, "机构", "load organisation")
	}
	return &o, nil
}

// OrgByCode returns the organisation with that code.
func (s *Store) OrgByCode(ctx context.Context, code string) (*Org, error) {
	var o Org
	if err := s.DB(ctx).Where("code = ?", code).Take(&o).Error; err != nil {
		return nil, found(err, "机构", "load organisation by code")
	}
	return &o, nil
}

// OrgInScope returns one organisation if the scope reaches it.
func (s *Store) OrgInScope(ctx context.Context, scope Scope, id string) (*Org, error) {
	var o Org
	if err := scope.Orgs(s.DB(ctx)).Where("orgs.id = ?", id).Take(&o).Error; err != nil {
		return nil, found(err, "机构", "load organisation in scope")
	}
	return &o, nil
}

// OrgFilter narrows a list of organisations; empty fields do not.
type OrgFilter struct {
	ParentID string
	Under    string // path of any organisation above, or its own
	Level    Level
	Text     string // within the name or the code
}

var orgOrders = map[string]order[Org]{
	"code":  {"orgs.code", orgCode},
	"-code": {"orgs.code DESC", orgCode},
	"name":  {"orgs.name, orgs.id", orgName},
	"-name": {"orgs.name DESC, orgs.id DESC", orgName},
}

func orgCode(o *Org) []any { return []any{&o.Code} }
func orgName(o *Org) []any { return []any{&o.Name, &o.ID} }

// Orgs lists the organisations in scope by one of orgOrders, by code if none is named.
func (s *Store) Orgs(ctx context.Context, scope Scope, f OrgFilter, p Page) ([]Org, string, error) {
	o, p, err := chosen(orgOrders, p, "code")
	if err != nil {
		return nil, "", err
	}
	q := scope.Orgs(s.DB(ctx))
	if f.ParentID != "" {
		q = q.Where("orgs.parent_id = ?", f.ParentID)
	}
	if f.Under != "" {
		q = q.Where("orgs.path >= ? AND orgs.path < ?", f.Under, pathEnd(f.Under))
	}
	if f.Level != "" {
		q = q.Where("orgs.level = ?", f.Level)
	}
	if f.Text != "" {
		q = q.Where("(orgs.name LIKE ? ESCAPE '!' OR orgs.code LIKE ? ESCAPE '!')", contains(f.Text), contains(f.Text))
	}
	return paged(q, p, o.by, o.keys, "list organisations")
}

// OrgChildren counts the organisations directly below each of these, by id.
func (s *Store) OrgChildren(ctx context.Context, ids []string) (map[string]int, error) {
	var rows []struct {
		ParentID string
		Children int
	}
	err := s.DB(ctx).Table("orgs").Where("parent_id IN ?", ids).Group("parent_id").
		Select("parent_id, COUNT(*) AS children").Scan(&rows).Error
	children := make(map[string]int, len(rows))
	for _, r := range rows {
		children[r.ParentID] = r.Children
	}
	return children, fail(err, "count children of organisations")
}

// Schools returns every school below an organisation, by code.
func (s *Store) Schools(ctx context.Context, path string) ([]Org, error) {
	var rows []Org
	err := s.DB(ctx).Where("level = ? AND path >= ? AND path < ?", LevelSchool, path, pathEnd(path)).
		Order("code").Find(&rows).Error
	return rows, fail(err, "list schools")
}
