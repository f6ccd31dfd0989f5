package models

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// ProgressFilter narrows the 督办台账; empty fields do not.
type ProgressFilter struct {
	CohortID    string
	DistrictID  string // the superior organisation
	Under       string // path of any organisation above the school, or the school's own
	Stage       domain.Stage
	WaitingRole domain.Role
	Verdict     domain.Verdict
	Result      domain.Result
	Overdue     *bool
	Closed      *bool
	DueBefore   *time.Time
	DueAfter    *time.Time // or just then
	Text        string     // within the school's name
	Entered     Moves      // stages entered
	Left        Moves      // stages left
	Returned    *bool
	Paused      *bool
	Orphaned    bool       // an open task has nobody who could see to it
	Behind      *time.Time // the plan's date for the present stage is before this
	Waited      []Cutoff   // waiting since before the cut-off of the case's cohort; nil for any
}

// Cutoff is an instant for the cases of some cohorts, or of all when none is named: their
// calendars may differ.
type Cutoff struct {
	CohortIDs []string
	Before    time.Time
}

// Moves are the times a stage was entered or left, on days between First and Last, both
// included and 0 when open. The zero value is no condition.
type Moves struct {
	Stage       domain.Stage
	First, Last int // days of calendar.DayNumber
}

func (f ProgressFilter) apply(q *gorm.DB) *gorm.DB {
	for _, equal := range [][2]string{
		{"cases.cohort_id", f.CohortID}, {"cases.district_id", f.DistrictID}, {"cases.stage", string(f.Stage)},
		{"cases.waiting_role", string(f.WaitingRole)}, {"cases.verdict", string(f.Verdict)}, {"cases.result", string(f.Result)},
	} {
		if equal[1] != "" {
			q = q.Where(equal[0]+" = ?", equal[1])
		}
	}
	if f.Under != "" {
		q = q.Where("cases.path >= ? AND cases.path < ?", f.Under, pathEnd(f.Under))
	}
	if f.Overdue != nil {
		q = q.Where("cases.overdue = ?", *f.Overdue)
	}
	if f.Closed != nil && *f.Closed {
		q = q.Where("cases.stage = ?", domain.StageClosed)
	}
	if f.Closed != nil && !*f.Closed {
		q = q.Where("cases.stage <> ?", domain.StageClosed)
	}
	if f.DueBefore != nil {
		q = q.Where("cases.sort_at < ?", *f.DueBefore)
	}
	if f.DueAfter != nil {
		q = q.Where("cases.sort_at >= ?", *f.DueAfter)
	}
	if f.Text != "" {
		q = q.Where("cases.school_name LIKE ? ESCAPE '!'", contains(f.Text))
	}
	if f.Returned != nil {
		q = q.Where("cases.returned = ?", *f.Returned)
	}
	if f.Paused != nil {
		q = q.Where("cases.paused = ?", *f.Paused)
	}
	if f.Orphaned {
		q = q.Where(orphaned)
	}
	if f.Behind != nil {
		q = q.Where("cases.plan_at < ?", *f.Behind)
	}
	if f.Waited != nil {
		sql, args := waitedBefore(f.Waited)
		q = q.Where(sql, args...)
	}
	return f.Left.apply(f.Entered.apply(q, "entered_day"), "left_day")
}

// waitedBefore is the condition for cases that have waited since before their cut-off.
func waitedBefore(cutoffs []Cutoff) (string, []any) {
	if len(cutoffs) == 0 {
		return "1 = 0", nil
	}
	var terms []string
	var args []any
	for _, c := range cutoffs {
		if c.CohortIDs == nil {
			return "cases.wait_at < ?", []any{c.Before}
		}
		terms = append(terms, "(cases.cohort_id IN ? AND cases.wait_at < ?)")
		args = append(args, c.CohortIDs, c.Before)
	}
	return "(" + strings.Join(terms, " OR ") + ")", args
}

func (m Moves) apply(q *gorm.DB, day string) *gorm.DB {
	if m.Stage == "" {
		return q
	}
	sql, args := "SELECT v.case_id FROM stage_visits v WHERE v.stage = ?", []any{m.Stage}
	if m.First != 0 {
		sql, args = sql+" AND v."+day+" >= ?", append(args, m.First)
	}
	if m.Last != 0 {
		sql, args = sql+" AND v."+day+" <= ?", append(args, m.Last)
	}
	return q.Where("cases.id IN ("+sql+" AND v."+day+" IS NOT NULL)", args...)
}

// ProgressRow is one line of the 督办台账.
type ProgressRow struct {
	Case

	DistrictName string
	WaitingOrg   string // name
	WaitingUser  string // name, when one person is waited for
	Orphaned     bool   // an open task has nobody who could see to it
}

// progressOrders are the orders of the 督办台账. Whoever is longest overdue was due first.
var progressOrders = map[string]order[Case]{
	"due":      {"cases.sort_at, cases.id", caseDue},
	"-due":     {"cases.sort_at DESC, cases.id DESC", caseDue},
	"overdue":  {"cases.sort_at DESC, cases.id DESC", caseDue},
	"-overdue": {"cases.sort_at, cases.id", caseDue},
	"waited":   {"cases.wait_at DESC, cases.id DESC", caseWait},
	"-waited":  {"cases.wait_at, cases.id", caseWait},
	"name":     {"cases.school_name, cases.id", caseName},
	"-name":    {"cases.school_name DESC, cases.id DESC", caseName},
	"stage":    {"cases.stage_no, cases.sort_at, cases.id", caseStage},
	"-stage":   {"cases.stage_no DESC, cases.sort_at DESC, cases.id DESC", caseStage},
	"plan":     {"cases.plan_at, cases.id", casePlan},
	"-plan":    {"cases.plan_at DESC, cases.id DESC", casePlan},
}

func caseDue(c *Case) []any   { return []any{&c.SortAt, &c.ID} }
func caseWait(c *Case) []any  { return []any{&c.WaitAt, &c.ID} }
func caseName(c *Case) []any  { return []any{&c.SchoolName, &c.ID} }
func casePlan(c *Case) []any  { return []any{&c.PlanAt, &c.ID} }
func caseStage(c *Case) []any { return []any{&c.StageNo, &c.SortAt, &c.ID} }

// Progress lists the cases in scope, by one of progressOrders, those due first leading.
func (s *Store) Progress(ctx context.Context, scope Scope, f ProgressFilter, p Page) ([]ProgressRow, string, error) {
	o, p, err := chosen(progressOrders, p, "due")
	if err != nil {
		return nil, "", err
	}
	// Sorting reads the keys only: a case's row is long.
	q := f.apply(scope.Cases(s.DB(ctx).Table("cases"))).Select(o.columns())
	heads, next, err := paged(q, p, o.by, o.keys, "list progress")
	if err != nil {
		return nil, "", err
	}
	ids := make([]string, len(heads))
	for i := range heads {
		ids[i] = heads[i].ID
	}
	rows, err := s.progressRows(ctx, ids)
	return rows, next, err
}

// EachProgress gives everything that Progress lists to fn, some hundred rows at a time.
// The list is sorted once; only its ids are held.
func (s *Store) EachProgress(ctx context.Context, scope Scope, f ProgressFilter, sort string, fn func([]ProgressRow) error) error {
	o, _, err := chosen(progressOrders, Page{Sort: sort}, "due")
	if err != nil {
		return err
	}
	var ids []string
	err = f.apply(scope.Cases(s.DB(ctx).Table("cases"))).Order(o.by).Pluck("cases.id", &ids).Error
	if err != nil {
		return fail(err, "list progress")
	}
	for some := range slices.Chunk(ids, maxLimit) {
		rows, err := s.progressRows(ctx, some)
		if err != nil {
			return err
		}
		if err := fn(rows); err != nil {
			return err
		}
	}
	return nil
}

// progressRows reads rows in the order of ids.
func (s *Store) progressRows(ctx context.Context, ids []string) ([]ProgressRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []ProgressRow
	err := s.DB(ctx).Table("cases").Where("cases.id IN ?", ids).
		Select("cases.*, d.name AS district_name, COALESCE(w.name, '') AS waiting_org, COALESCE(u.name, '') AS waiting_user").
		Joins("JOIN orgs d ON d.id = cases.district_id").
		Joins("LEFT JOIN orgs w ON w.id = cases.waiting_org_id").
		Joins("LEFT JOIN users u ON u.id = cases.waiting_user_id").Find(&rows).Error
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b ProgressRow) int { return place[a.ID] - place[b.ID] })
	if err != nil {
		return nil, fail(err, "read progress")
	}
	return rows, s.markOrphans(ctx, rows)
}

// markOrphans marks the rows whose case waits for nobody who could act.
func (s *Store) markOrphans(ctx context.Context, rows []ProgressRow) error {
	cases := make([]Case, len(rows))
	for i := range rows {
		cases[i] = rows[i].Case
	}
	orphans, err := s.Orphans(ctx, cases)
	for i := range rows {
		rows[i].Orphaned = orphans[rows[i].ID]
	}
	return err
}

// Tally says how many cases there are, and how many of them are overdue.
type Tally struct {
	Cases   int
	Overdue int
}

// tallied counts the cases of a query.
const tallied = "COUNT(*) AS cases, COALESCE(SUM(CASE WHEN cases.overdue THEN 1 ELSE 0 END), 0) AS overdue"

// CountProgress counts the cases that Progress lists, on all pages.
func (s *Store) CountProgress(ctx context.Context, scope Scope, f ProgressFilter) (Tally, error) {
	var n Tally
	err := f.apply(scope.Cases(s.DB(ctx).Table("cases"))).Select(tallied).Scan(&n).Error
	return n, fail(err, "count progress")
}

// StageCount is one cell of the stage × district table.
type StageCount struct {
	Tally

	DistrictID   string
	DistrictName string
	Stage        domain.Stage
}

// StageCounts counts the cases in scope by district and stage, in the order of districts'
// names; empty cells are left out.
func (s *Store) StageCounts(ctx context.Context, scope Scope, f ProgressFilter) ([]StageCount, error) {
	var rows []StageCount
	err := f.apply(scope.Cases(s.DB(ctx).Table("cases"))).Select("cases.district_id, cases.stage, " + tallied).
		Group("cases.district_id, cases.stage").Scan(&rows).Error
	if err != nil {
		return nil, fail(err, "count stages")
	}
	ids := map[string]bool{}
	for _, r := range rows {
		ids[r.DistrictID] = true
	}
	names, err := s.OrgNames(ctx, sortedKeys(ids))
	for i := range rows {
		rows[i].DistrictName = names[rows[i].DistrictID]
	}
	slices.SortFunc(rows, func(a, b StageCount) int {
		return cmp.Or(cmp.Compare(a.DistrictName, b.DistrictName), cmp.Compare(a.DistrictID, b.DistrictID), a.Stage.No()-b.Stage.No())
	})
	return rows, err
}
