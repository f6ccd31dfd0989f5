package models

import (
	"context"
	"slices"

	"zhengxiao/internal/domain"
)

// GroupBlockers is what holds one 教研组 up: how many of its active teachers lack each
// thing. ID is empty for the teachers who are in no group.
type GroupBlockers struct {
	ID      string
	Name    string
	Leader  string // name
	Members int
	Blocked int // members who lack anything
	Missing domain.Hours
	Lacks   map[BlockerKind]int `gorm:"-"`
}

// BlockersByGroup breaks what Blockers says of teachers down to their groups, in the order
// of names, those without a group last. Groups without active teachers are listed too.
// Outside training and assessment there is nothing to count.
func (s *Store) BlockersByGroup(ctx context.Context, c *Case) ([]GroupBlockers, error) {
	if c.Stage != domain.StageTraining && c.Stage != domain.StageAssessment {
		return nil, nil
	}
	policy, err := s.policy(s.DB(ctx), c.PolicyDigest)
	if err != nil {
		return nil, err
	}
	var list []GroupBlockers
	err = s.DB(ctx).Table("study_groups").Select("study_groups.id, study_groups.name, COALESCE(users.name, '') AS leader").
		Joins("LEFT JOIN users ON users.id = study_groups.leader_id").Where("study_groups.case_id = ?", c.ID).
		Order("study_groups.name").Scan(&list).Error
	if err != nil {
		return nil, fail(err, "list groups")
	}
	rows, err := loadTeachers(s.DB(ctx), c.ID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Lacks = map[BlockerKind]int{}
	}
	for _, r := range rows.roster {
		at := slices.IndexFunc(list, func(g GroupBlockers) bool { return g.ID == r.GroupID })
		if at < 0 {
			list, at = append(list, GroupBlockers{ID: r.GroupID, Lacks: map[BlockerKind]int{}}), len(list)
		}
		list[at].count(rows, r, policy)
	}
	return list, nil
}

func (g *GroupBlockers) count(t *teacherRows, r RosterRow, p domain.Policy) {
	g.Members++
	lacks := t.lacks(r, p)
	if len(lacks) > 0 {
		g.Blocked++
	}
	for _, kind := range lacks {
		g.Lacks[kind]++
	}
	if hours := t.materials(r.UserID).Hours; hours < p.Hours.Target {
		g.Missing += p.Hours.Target - hours
	}
}
