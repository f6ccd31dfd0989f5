package models

import (
	"context"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// Shortfalls is how many of each kind of Blocker hold a case up.
type Shortfalls map[BlockerKind]int

// Shortfalls counts for many cases at once, without names, what Blockers finds for one:
// hours in training, reviews and grades in assessment, items in dossier. Other stages
// have none.
func (s *Store) Shortfalls(ctx context.Context, cases []Case) (map[string]Shortfalls, error) {
	type kind struct {
		stage  domain.Stage
		digest string
	}
	groups := map[kind][]string{}
	var kinds []kind
	for i := range cases {
		k := kind{cases[i].Stage, cases[i].PolicyDigest}
		if groups[k] == nil {
			kinds = append(kinds, k)
		}
		groups[k] = append(groups[k], cases[i].ID)
	}
	found := map[string]Shortfalls{}
	for _, k := range kinds {
		count, ok := shortfallsOf[k.stage]
		if !ok {
			continue
		}
		p, err := s.policy(s.DB(ctx), k.digest)
		if err == nil {
			err = count(s.DB(ctx), p, groups[k], found)
		}
		if err != nil {
			return nil, fail(err, "count shortfalls")
		}
	}
	return found, nil
}

var shortfallsOf = map[domain.Stage]func(*gorm.DB, domain.Policy, []string, map[string]Shortfalls) error{
	domain.StageTraining:   shortOfHours,
	domain.StageAssessment: shortOfGates,
	domain.StageDossier:    shortOfItems,
}

type caseCount struct {
	CaseID string
	N      int
}

func add(found map[string]Shortfalls, kind BlockerKind, rows []caseCount) {
	for _, r := range rows {
		if found[r.CaseID] == nil {
			found[r.CaseID] = Shortfalls{}
		}
		found[r.CaseID][kind] = r.N
	}
}

// activeTeachers counts those of the roster that the rest of a query leaves.
func activeTeachers(tx *gorm.DB, ids []string) *gorm.DB {
	return tx.Table("roster").Select("roster.case_id, COUNT(*) AS n").
		Where("roster.case_id IN ? AND roster.status = ?", ids, domain.RosterActive).Group("roster.case_id")
}

func shortOfHours(tx *gorm.DB, p domain.Policy, ids []string, found map[string]Shortfalls) error {
	var rows []caseCount
	err := activeTeachers(tx, ids).Joins(`LEFT JOIN (SELECT case_id, user_id, SUM(hours) AS hours FROM participations
		WHERE case_id IN ? AND completed_at IS NOT NULL GROUP BY case_id, user_id) h
		ON h.case_id = roster.case_id AND h.user_id = roster.user_id`, ids).
		Where("COALESCE(h.hours, 0) < ?", p.Hours.Target).Scan(&rows).Error
	add(found, BlockerHours, rows)
	return err
}

func shortOfGates(tx *gorm.DB, p domain.Policy, ids []string, found map[string]Shortfalls) error {
	var rows []caseCount
	err := activeTeachers(tx, ids).Joins(`LEFT JOIN initial_reviews r
		ON r.case_id = roster.case_id AND r.user_id = roster.user_id AND r.result = ?`, domain.ReviewPassed).
		Where("r.user_id IS NULL").Scan(&rows).Error
	if err != nil {
		return err
	}
	add(found, BlockerReview, rows)
	rows = nil
	err = activeTeachers(tx, ids).Joins(`LEFT JOIN (
		SELECT c.case_id, c.user_id, COUNT(*) AS chosen, SUM(CASE WHEN p.status = ? THEN 1 ELSE 0 END) AS qualified
		FROM teacher_points c LEFT JOIN practice p ON p.case_id = c.case_id AND p.user_id = c.user_id AND p.code = c.code
		WHERE c.case_id IN ? GROUP BY c.case_id, c.user_id) g
		ON g.case_id = roster.case_id AND g.user_id = roster.user_id`, domain.PointQualified, ids).
		Where("roster.full_time = ? AND (COALESCE(g.chosen, 0) < ? OR g.qualified < g.chosen)", true, max(1, p.Points.Min)).
		Scan(&rows).Error
	add(found, BlockerGrade, rows)
	return err
}

// shortOfItems looks at the files only: what fills an item by itself was there before the
// plan was filed.
func shortOfItems(tx *gorm.DB, p domain.Policy, ids []string, found map[string]Shortfalls) error {
	var items []string
	for _, e := range p.Evidence {
		if e.Required && e.Source == "" {
			items = append(items, strconv.Itoa(e.No))
		}
	}
	var rows []caseCount
	err := tx.Table("files").Select("case_id, COUNT(*) AS n").
		Where("case_id IN ? AND slot_kind = ? AND slot_key IN ? AND current_version > 0", ids, SlotDossier, items).
		Group("case_id").Scan(&rows).Error
	missing := make([]caseCount, len(ids))
	for i, id := range ids {
		missing[i] = caseCount{id, len(items)}
		if at := slices.IndexFunc(rows, func(r caseCount) bool { return r.CaseID == id }); at >= 0 {
			missing[i].N -= rows[at].N
		}
	}
	add(found, BlockerDossier, missing)
	return err
}
