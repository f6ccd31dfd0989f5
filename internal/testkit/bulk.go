package testkit

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/models"
)

// The shape of a Bulk: each template case of a district is copied.
const (
	BulkDistricts = 10
	bulkTemplates = 30
	bulkCopies    = 100
	BulkCases     = BulkDistricts * bulkTemplates * bulkCopies
)

// Bulk is a province of 30,000 cases in ten districts, spread over every stage, with their
// schools, one account each, open and finished tasks and stays in stages, and a next cohort of 3,000 schools.
type Bulk struct {
	Province  *models.Org
	Districts []models.Org
	Cohort    models.Cohort
	Reviewer  models.User // of the first district
	School    string      // one school, in the first district
}

// NewBulk fills an empty, migrated database within seconds: a few hundred cases are made
// one by one and copied by the database itself.
func NewBulk(tb testing.TB, s *models.Store) *Bulk {
	tb.Helper()
	b := &Bulk{}
	var err error
	b.Province, err = s.CreateOrg(tb.Context(), models.NewOrg{Level: models.LevelCity, Code: "44", Name: "全省"})
	require.NoError(tb, err)
	body, err := policy.Base("2.0")
	require.NoError(tb, err)
	require.NoError(tb, s.PutPolicy(tb.Context(), policy.Digest(body), "2.0", body))
	cohort, err := s.CreateCohort(tb.Context(), models.NewCohort{
		Code: "big", Name: "大批次", Programme: "2.0", OrgID: b.Province.ID, PolicyDigest: policy.Digest(body),
		WindowStart: s.Now().AddDate(-1, 0, 0), WindowEnd: s.Now().AddDate(0, 3, 0),
	}, "tester")
	require.NoError(tb, err)
	b.Cohort = *cohort
	for i := range BulkDistricts {
		b.district(tb, s, i)
	}
	b.School = "s00000-17"
	db := patient(tb, s.DB(tb.Context()))
	serial := "CONCAT(%s, '-', serial.n)"
	path := "CONCAT('" + b.Province.Path + "', %s, '/', %s, '-', serial.n, '/')"
	copied(tb, db, "orgs", "t.level = 'school'", map[string]string{
		"id": serial, "code": serial, "name": "CONCAT(%s, serial.n, '小学')", "path": fmt.Sprintf(path, "t.parent_id", "t.id"),
	})
	copied(tb, db, "users", "t.id LIKE 'us%'", map[string]string{"id": serial, "login": serial, "org_id": serial})
	copied(tb, db, "cases", "1 = 1", map[string]string{
		"id": serial, "school_id": serial, "workflow_id": serial, "school_name": "CONCAT(%s, serial.n, '小学')",
		"path": fmt.Sprintf(path, "t.district_id", "t.school_id"),
	})
	inCase := "CONCAT(SUBSTR(t.path, 1, LENGTH(t.path) - 1), '-', serial.n, '/')"
	copied(tb, db, "tasks", "1 = 1", map[string]string{"case_id": serial, "path": inCase})
	copied(tb, db, "stage_visits", "1 = 1", map[string]string{"case_id": serial, "path": inCase})
	for _, fill := range []string{
		"INSERT INTO cohort_schools (cohort_id, school_id, status, case_id) SELECT cohort_id, school_id, 'opened', id FROM cases",
		"INSERT INTO cohort_schools (cohort_id, school_id, status) SELECT 'next', school_id, 'planned' FROM cases WHERE id LIKE '%9'",
	} {
		require.NoError(tb, db.Exec(fill).Error)
	}
	if db.Name() == "mysql" {
		require.NoError(tb, db.Exec("ANALYZE TABLE orgs, users, cases, tasks, stage_visits, cohort_schools").Error)
	}
	return b
}

// patient is db for statements over many rows, which a busy machine may take longer over
// than the store allows.
func patient(tb testing.TB, db *gorm.DB) *gorm.DB {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 10*time.Minute)
	tb.Cleanup(cancel)
	return db.WithContext(ctx)
}

// district makes a district with its reviewer and the templates of its cases.
func (b *Bulk) district(tb testing.TB, s *models.Store, i int) {
	tb.Helper()
	o, err := s.CreateOrg(tb.Context(), models.NewOrg{
		ParentID: b.Province.ID, Level: models.LevelDistrict, Code: fmt.Sprintf("44%02d", i), Name: fmt.Sprintf("第%02d区", i),
	})
	require.NoError(tb, err)
	b.Districts = append(b.Districts, *o)
	u, err := s.CreateUser(tb.Context(), models.NewUser{
		Login: fmt.Sprintf("reviewer%d", i), Name: fmt.Sprintf("审核%d", i), PasswordHash: "unusable", OrgID: o.ID, Roles: []domain.Role{domain.RoleDistrict},
	})
	require.NoError(tb, err)
	if i == 0 {
		b.Reviewer = *u
	}
	var schools []models.Org
	var users []models.User
	var cases []models.Case
	var tasks []models.TaskRow
	var visits []models.StageVisit
	for n := range bulkTemplates {
		id := fmt.Sprintf("s%02d%03d", i, n)
		school := models.Org{ID: id, ParentID: &o.ID, Level: models.LevelSchool, Code: id, Name: o.Name, Path: o.Path + id + "/", CreatedAt: s.Now()}
		c, state := b.template(tb, s, *o, school, i*bulkTemplates+n)
		schools, cases = append(schools, school), append(cases, c)
		users = append(users, models.User{ID: "u" + id, Login: "admin-" + id, Name: "管理员", OrgID: id, CreatedAt: s.Now(), UpdatedAt: s.Now()})
		t, v := records(c, state, u.ID, s.Now())
		tasks, visits = append(tasks, t...), append(visits, v...)
	}
	for _, rows := range []any{schools, users, cases, tasks, visits} {
		require.NoError(tb, s.DB(tb.Context()).CreateInBatches(rows, 100).Error)
	}
}

// template is a case in the stage that its number gives, waiting for some days; every
// seventh is overdue.
func (b *Bulk) template(tb testing.TB, s *models.Store, district, school models.Org, n int) (models.Case, domain.State) {
	tb.Helper()
	stages := domain.Stages()
	since := s.Now().Add(-time.Duration(n) * 7 * time.Hour)
	due := since.AddDate(0, 0, 20)
	state := domain.State{
		CaseID: school.ID, SchoolID: school.ID, SuperiorID: district.ID, Stage: stages[n%len(stages)], Seq: 30, Visits: 12, Entered: 12,
		Revision: 2, Filed: 2, FilingNo: fmt.Sprintf("备案[2026]%s", school.ID), Teachers: 37,
	}
	if !state.Closed() {
		w := domain.Wait{Visit: 12, Task: domain.TaskTraining, Role: domain.RoleSchoolAdmin, OrgID: school.ID, Since: since, Due: &due, Overdue: n%7 == 0}
		if n%2 == 0 {
			w.Task, w.Role, w.OrgID = domain.TaskFiling, domain.RoleDistrict, district.ID
		}
		if w.Overdue {
			late := s.Now().AddDate(0, 0, -n%30-1)
			w.Due = &late
		}
		state.Waits = map[string]domain.Wait{"12": w}
	} else {
		state.Result, state.Verdict = domain.ResultPassed, domain.VerdictPass
	}
	c := models.Case{
		ID: school.ID, CohortID: b.Cohort.ID, SchoolID: school.ID, SchoolName: school.Name, DistrictID: district.ID, Path: school.Path,
		WorkflowID: "case-" + school.ID, Programme: "2.0", PolicyDigest: b.Cohort.PolicyDigest, OpenedAt: since, HeadHash: strings.Repeat("0", 64),
	}
	require.NoError(tb, c.Project(state, s.Now()))
	if !state.Closed() {
		end := since.AddDate(0, 0, 10)
		c.PlanStart, c.PlanEnd, c.PlanAt = &since, &end, end
	}
	return c, state
}

// records are the tasks and the stays in stages that led a case to where it is.
func records(c models.Case, s domain.State, doneBy string, now time.Time) (tasks []models.TaskRow, visits []models.StageVisit) {
	today := calendar.DayNumber(now)
	for i, stage := range domain.Stages()[:s.Stage.No()] {
		v := models.StageVisit{
			CaseID: c.ID, Seq: i + 1, CohortID: c.CohortID, Path: c.Path, Stage: stage,
			EnteredDay: today - 200 + 15*i + s.Stage.No(),
		}
		v.EnteredWeek = models.Monday(v.EnteredDay)
		if stage != s.Stage {
			left := v.EnteredDay + 15
			v.LeftDay = &left
		}
		if stage == domain.StageFiling && stage != s.Stage {
			tasks = append(tasks, models.TaskRow{
				CaseID: c.ID, Visit: i + 1, Task: domain.TaskFiling, Role: domain.RoleDistrict, OrgID: c.DistrictID, Path: c.Path,
				Since: now.AddDate(0, 0, -200), Status: models.TaskDone, DoneBy: doneBy, DoneAt: &now,
			})
		}
		visits = append(visits, v)
	}
	if w, ok := s.Main(); ok {
		tasks = append(tasks, models.TaskRow{
			CaseID: c.ID, Visit: w.Visit, Task: w.Task, Role: w.Role, OrgID: w.OrgID, Path: c.Path,
			Since: w.Since, DueAt: w.Due, Overdue: w.Overdue, Status: models.TaskOpen,
		})
	}
	return tasks, visits
}

// copied multiplies the rows of a table. change gives expressions for columns that must
// differ, with %s for the column itself; t is the row, serial.n the number of its copy.
// The templates stay: they are copy 0.
func copied(tb testing.TB, db *gorm.DB, table, where string, change map[string]string) {
	tb.Helper()
	types, err := db.Migrator().ColumnTypes(table)
	require.NoError(tb, err)
	var names, values []string
	for _, c := range types {
		name := "t." + c.Name()
		names = append(names, c.Name())
		if expression, ok := change[c.Name()]; ok {
			name = strings.ReplaceAll(expression, "%s", name)
		}
		values = append(values, name)
	}
	const digits = "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4" +
		" UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
	require.NoError(tb, db.Exec("INSERT INTO "+table+" ("+strings.Join(names, ", ")+") SELECT "+strings.Join(values, ", ")+
		" FROM "+table+" t CROSS JOIN (SELECT a.n * 10 + b.n AS n FROM "+digits+" a CROSS JOIN "+digits+" b) serial"+
		" WHERE serial.n > 0 AND "+where).Error)
}
