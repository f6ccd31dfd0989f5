package models

import (
	"context"
	"slices"

	"gorm.io/gorm"
)

// Placement asks that a school be planned into a cohort, both by their codes.
type Placement struct {
	SchoolCode string
	CohortCode string
}

// The outcomes of a Placement.
const (
	PlacementNew     = "added"
	PlacementSame    = "same" // there already
	PlacementRefused = "refused"
)

// PlacementOutcome is what becomes of one row of a schedule.
type PlacementOutcome struct {
	Placement

	School, Cohort string // names, where they were found
	Outcome        string
	Reason         string // of a refusal

	schoolID, cohortID string
}

// Schedule plans many schools into cohorts in one go, within scope. Rows that cannot be
// say why and leave the others alone; with dry nothing is changed.
func (s *Store) Schedule(ctx context.Context, scope Scope, rows []Placement, dry bool) ([]PlacementOutcome, error) {
	out, err := s.placements(ctx, scope, rows)
	if err != nil || dry {
		return out, err
	}
	byCohort := map[string][]string{}
	for _, r := range out {
		if r.Outcome == PlacementNew {
			byCohort[r.cohortID] = append(byCohort[r.cohortID], r.schoolID)
		}
	}
	for _, id := range sortedKeys(byCohort) {
		if err := s.AddSchools(ctx, id, byCohort[id]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// running is an open case of a school in another cohort of the same programme.
type running struct {
	SchoolID   string
	SchoolName string
	Cohort     string // its name
	CohortID   string
	Programme  string
}

func (r running) reason() string {
	return "在批次“" + r.Cohort + "”中的项目尚未办结，不能再排入同一工程的另一个批次；请待其办结或终止。"
}

// runningElsewhere lists the open cases that schools have beside a cohort's own.
func runningElsewhere(db *gorm.DB, c *Cohort, schoolIDs []string) ([]running, error) {
	rows, err := runningCases(db, schoolIDs)
	return slices.DeleteFunc(rows, func(r running) bool { return r.CohortID == c.ID || r.Programme != c.Programme }), err
}

func runningCases(db *gorm.DB, schoolIDs []string) ([]running, error) {
	var rows []running
	err := db.Table("cases").Joins("JOIN cohorts ON cohorts.id = cases.cohort_id").
		Where("cases.school_id IN ? AND cases.closed_at IS NULL", schoolIDs).
		Select("cases.school_id, cases.school_name, cases.programme, cases.cohort_id, cohorts.name AS cohort").
		Order("cases.school_id, cohorts.created_at").Scan(&rows).Error
	return rows, fail(err, "look for running cases")
}

// timetable is what a schedule is checked against.
type timetable struct {
	scope   Scope
	schools map[string]Org            // by code
	cohorts map[string]Cohort         // by code
	waiting map[string][]CohortSchool // places that are not opened yet, by school
	running map[string][]running      // open cases, by school
	there   map[[2]string]bool        // cohort and school
	named   map[string]bool           // schools of the rows so far
}

func (s *Store) placements(ctx context.Context, scope Scope, rows []Placement) ([]PlacementOutcome, error) {
	t := timetable{
		scope: scope, schools: map[string]Org{}, cohorts: map[string]Cohort{}, waiting: map[string][]CohortSchool{},
		running: map[string][]running{}, there: map[[2]string]bool{}, named: map[string]bool{},
	}
	if err := t.load(s.DB(ctx), rows); err != nil {
		return nil, err
	}
	out := make([]PlacementOutcome, len(rows))
	for i, r := range rows {
		out[i] = t.place(r)
	}
	return out, nil
}

func (t *timetable) load(db *gorm.DB, rows []Placement) error {
	var schoolCodes, cohortCodes []string
	for _, r := range rows {
		schoolCodes, cohortCodes = append(schoolCodes, r.SchoolCode), append(cohortCodes, r.CohortCode)
	}
	var schools []Org
	if err := t.scope.Orgs(db).Where("orgs.code IN ? AND orgs.level = ?", schoolCodes, LevelSchool).Find(&schools).Error; err != nil {
		return fail(err, "look for schools")
	}
	var cohorts []Cohort
	if err := t.scope.within(db, "cohorts.path", "").Where("cohorts.code IN ?", cohortCodes).Find(&cohorts).Error; err != nil {
		return fail(err, "look for cohorts")
	}
	var ids []string
	for _, o := range schools {
		t.schools[o.Code] = o
		ids = append(ids, o.ID)
	}
	for _, c := range cohorts {
		t.cohorts[c.Code] = c
	}
	var places []CohortSchool
	if err := db.Where("school_id IN ?", ids).Find(&places).Error; err != nil {
		return fail(err, "list places of schools")
	}
	for _, p := range places {
		t.there[[2]string{p.CohortID, p.SchoolID}] = true
		if p.CaseID == nil && (p.Status == SchoolPlanned || p.Status == SchoolDeferred) {
			t.waiting[p.SchoolID] = append(t.waiting[p.SchoolID], p)
		}
	}
	cases, err := runningCases(db, ids)
	for _, r := range cases {
		t.running[r.SchoolID] = append(t.running[r.SchoolID], r)
	}
	return err
}

func (t *timetable) place(r Placement) PlacementOutcome {
	school, known := t.schools[r.SchoolCode]
	cohort, there := t.cohorts[r.CohortCode]
	out := PlacementOutcome{
		Placement: r, School: school.Name, Cohort: cohort.Name, Outcome: PlacementRefused,
		schoolID: school.ID, cohortID: cohort.ID,
	}
	running := slices.IndexFunc(t.running[school.ID], func(r running) bool { return r.Programme == cohort.Programme })
	switch {
	case !known:
		out.Reason = "管辖范围内没有这个代码的学校，请核对代码。"
	case !there:
		out.Reason = "没有由您组织的这个代码的批次，请核对代码，或先起草批次。"
	case cohort.Status == CohortClosed:
		out.Reason = "该批次已经结束，不能再加入学校。"
	case t.named[school.ID]:
		out.Reason = "该校在表中出现了不止一次，只取第一次。"
	case t.there[[2]string{cohort.ID, school.ID}]:
		out.Outcome = PlacementSame
	case !(Scope{Paths: []string{cohort.Path}}).Covers(school.Path):
		out.Reason = "该校不归批次的组织单位管辖。"
	case running >= 0:
		out.Reason = "该校" + t.running[school.ID][running].reason()
	case len(t.waiting[school.ID]) > 0:
		out.Reason = "该校已排入另一个批次且尚未立项，请先从那个批次移出。"
	default:
		out.Outcome = PlacementNew
	}
	t.named[school.ID] = known
	return out
}
