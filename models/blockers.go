package models

import (
	"context"
	"fmt"

	"zhengxiao/internal/domain"
)

// BlockerKind says what is missing.
type BlockerKind string

// The kinds of blockers.
const (
	BlockerHours   BlockerKind = "hours"   // teachers under the target of 学时
	BlockerPlan    BlockerKind = "plan"    // teachers without 个人提升计划
	BlockerPoints  BlockerKind = "points"  // teachers with too few 应用能力点
	BlockerSummary BlockerKind = "summary" // teachers missing a 提升总结
	BlockerReview  BlockerKind = "review"  // 初审 not passed
	BlockerGrade   BlockerKind = "grade"   // 专任教师 not 合格
	BlockerDossier BlockerKind = "dossier" // required items of the 15 that are missing
)

// Blocker is one reason a case cannot go on, with how many it concerns and the names of
// the first few.
type Blocker struct {
	Kind  BlockerKind
	Count int
	Names []string
}

// blockerNames is how many names a blocker shows.
const blockerNames = 5

// blockerList collects blockers in the order of their kinds.
type blockerList struct {
	order []BlockerKind
	by    map[BlockerKind]*Blocker
}

func (l *blockerList) add(kind BlockerKind, name string) {
	b, ok := l.by[kind]
	if !ok {
		b = &Blocker{Kind: kind}
		l.by[kind] = b
	}
	b.Count++
	if len(b.Names) < blockerNames {
		b.Names = append(b.Names, name)
	}
}

func (l *blockerList) list() []Blocker {
	var all []Blocker
	for _, kind := range l.order {
		if b, ok := l.by[kind]; ok {
			all = append(all, *b)
		}
	}
	return all
}

func newBlockerList() *blockerList {
	return &blockerList{by: map[BlockerKind]*Blocker{}, order: []BlockerKind{
		BlockerHours, BlockerPlan, BlockerPoints, BlockerSummary, BlockerReview, BlockerGrade, BlockerDossier,
	}}
}

// Blockers computes from rows what keeps a case from passing training, assessment and
// dossier. Before training there is nothing to count, after the dossier nothing blocks.
func (s *Store) Blockers(ctx context.Context, c *Case) ([]Blocker, error) {
	policy, err := s.policy(s.DB(ctx), c.PolicyDigest)
	if err != nil {
		return nil, err
	}
	l := newBlockerList()
	switch c.Stage {
	case domain.StageTraining, domain.StageAssessment:
		rows, err := loadTeachers(s.DB(ctx), c.ID)
		if err != nil {
			return nil, err
		}
		rows.block(l, policy)
	case domain.StageDossier:
	default:
		return nil, nil
	}
	items, err := dossierOf(s.DB(ctx), c.ID)
	for _, i := range items {
		if i.Required && !i.Ready {
			l.add(BlockerDossier, fmt.Sprintf("%d %s", i.No, i.Name))
		}
	}
	return l.list(), err
}

func (t *teacherRows) block(l *blockerList, p domain.Policy) {
	for _, r := range t.roster {
		for _, kind := range t.lacks(r, p) {
			l.add(kind, r.Name)
		}
	}
}

// lacks is everything that keeps one teacher from having finished.
func (t *teacherRows) lacks(r RosterRow, p domain.Policy) []BlockerKind {
	ready := domain.CheckMaterials(p, t.materials(r.UserID))
	grade := domain.Overall(p.Points, t.statuses(r.UserID))
	var kinds []BlockerKind
	for _, b := range []struct {
		kind    BlockerKind
		blocked bool
	}{
		{BlockerHours, ready.Hours < ready.Target},
		{BlockerPlan, !ready.Plan},
		{BlockerPoints, ready.Points < ready.PointsMin},
		{BlockerSummary, len(ready.MissingSummaries) > 0},
		{BlockerReview, t.review(r.UserID) != domain.ReviewPassed},
		{BlockerGrade, r.FullTime && grade != domain.GradeQualified},
	} {
		if b.blocked {
			kinds = append(kinds, b.kind)
		}
	}
	return kinds
}
