package models

import (
	"slices"

	"zhengxiao/internal/roster"
)

var levelsNamed = map[string]Level{"市": LevelCity, "区": LevelDistrict, "学校": LevelSchool}

// organisations adds or renames. A dry run remembers what it would add, so that rows
// below it find their parent.
func (b *batch) organisations() error {
	var added []Org
	var renamed []*Org
	for _, r := range b.rows {
		level := LevelSchool
		if b.j.Kind == roster.Orgs {
			level = levelsNamed[r.Level]
		}
		parent := b.coded(r.Org)
		if parent == nil || !b.rights.Reach.Covers(parent.Path) {
			r.Badf("找不到代码为%s的上级单位，或不在您的管理范围内（上级须在本表的前面）", r.Org)
			continue
		}
		o := b.coded(r.Code)
		switch {
		case o == nil && !slices.Contains(below[parent.Level], level):
			r.Badf("层级不对：学校应设在区或市之下，区应设在市之下")
		case o == nil:
			id := newID()
			o = &Org{ID: id, ParentID: &parent.ID, Level: level, Code: r.Code, Name: r.Name, Path: parent.Path + id + "/", CreatedAt: b.s.Now()}
			b.fresh[r.Code], added = o, append(added, *o)
		case o.ParentID == nil || *o.ParentID != parent.ID || o.Level != level:
			r.Badf("代码%s已是另一个单位（上级或层级不同）；单位不能变更上级，请核对代码", r.Code)
		case o.Name == r.Name:
			b.counts.Same++
		default:
			changed := *o
			changed.Name = r.Name
			b.fresh[r.Code], renamed = &changed, append(renamed, &changed)
		}
	}
	b.counts.Created, b.counts.Changed = len(added), len(renamed)
	if !b.writing() {
		return nil
	}
	if err := createAll(b.tx, added); err != nil {
		return err
	}
	for _, o := range renamed {
		if err := b.tx.Model(&Org{}).Where("id = ?", o.ID).Update("name", o.Name).Error; err != nil {
			return err
		}
		if err := b.tx.Model(&Case{}).Where("school_id = ?", o.ID).Update("school_name", o.Name).Error; err != nil {
			return err
		}
	}
	return nil
}
