package models_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// lived is a case that went back and forth over some days.
func lived(t *testing.T, db *gorm.DB) (*lifecycle.World, models.Case) {
	t.Helper()
	w := lifecycle.On(t, db)
	c, _ := w.Open(t)
	do := func(k domain.Kind, a domain.Actor, body domain.Body) {
		t.Helper()
		e := w.Envelope(t, c.ID, k, a, body)
		d, err := w.Store.Decide(t.Context(), c.ID, w.State(t, c.ID).Seq, models.Received{Action: domain.Action{
			ID: e.ID, Kind: k, Actor: a, Visit: e.Visit, Body: body, At: e.At,
		}})
		require.NoError(t, err)
		require.NoError(t, d.Outcome.Err())
		w.Advance(20 * time.Hour)
	}
	draft := w.Prepare(t, c.ID)
	do(domain.SubmitTeam, w.Head, domain.Body{})
	do(domain.SubmitDiagnosis, w.Admin, domain.Body{})
	do(domain.SubmitPlan, w.Admin, domain.Body{Draft: draft})
	do(domain.ReturnPlan, w.Reviewer, domain.Body{Revision: 1, Reasons: []domain.Reason{{Part: "training_plan", Text: "目标不明确"}}})
	do(domain.SubmitPlan, w.Admin, domain.Body{Draft: draft})
	do(domain.ApprovePlan, w.Reviewer, domain.Body{Revision: 2})
	return w, c
}

func visitsOf(t *testing.T, db *gorm.DB) []models.StageVisit {
	t.Helper()
	var rows []models.StageVisit
	require.NoError(t, db.Order("case_id, seq").Find(&rows).Error)
	return rows
}

func testVisits(t *testing.T, db *gorm.DB) {
	t.Helper()
	w, c := lived(t, db)
	visits := visitsOf(t, db)
	var stages []domain.Stage
	for i, v := range visits {
		stages = append(stages, v.Stage)
		require.Equal(t, []any{c.ID, c.CohortID, c.Path, models.Monday(v.EnteredDay)}, []any{v.CaseID, v.CohortID, v.Path, v.EnteredWeek})
		if i+1 < len(visits) {
			require.Equal(t, visits[i+1].EnteredDay, *v.LeftDay, "leaving one stage is entering the next")
		}
	}
	require.Equal(t, []domain.Stage{
		domain.StageTeam, domain.StageDiagnosis, domain.StagePlanning, domain.StageFiling, domain.StagePlanning, domain.StageFiling,
		domain.StageTraining,
	}, stages)
	require.Nil(t, visits[len(visits)-1].LeftDay)
	require.Equal(t, calendar.DayNumber(lifecycle.Start), visits[0].EnteredDay)
	require.Less(t, visits[0].EnteredDay, visits[len(visits)-1].EnteredDay)

	spans, err := w.Store.StageSpans(t.Context(), models.Scope{All: true}, models.ProgressFilter{CohortID: c.CohortID})
	require.NoError(t, err)
	n := 0
	for _, s := range spans {
		n += s.Visits
	}
	require.Equal(t, len(visits)-1, n)

	// An older database gets the same rows from its events.
	require.NoError(t, db.Where("1 = 1").Delete(&models.StageVisit{}).Error)
	for _, name := range []string{"00012_figures.sql", "00014_weeks.sql"} {
		statements, err := models.MigrationStatements(db.Name(), name)
		require.NoError(t, err)
		for _, sql := range statements {
			if strings.Contains(sql, "INSERT INTO stage_visits") || strings.Contains(sql, "UPDATE stage_visits") {
				require.NoError(t, db.Exec(sql).Error)
			}
		}
	}
	require.Equal(t, visits, visitsOf(t, db))
}

// Stays in stages follow the events, and can be told from them.
func TestVisitsFollowEvents(t *testing.T) {
	t.Parallel()
	testVisits(t, testkit.SQLite(t))
}

func TestVisitsFollowEventsMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	testVisits(t, testkit.MySQL(t))
}

// The columns that lists are sorted by repeat those they stand for, in cases and tasks of
// an older database too.
func TestSortColumnsAreFilled(t *testing.T) {
	t.Parallel()
	db := testkit.SQLite(t)
	lived(t, db)
	var cases, after []models.Case
	var tasks, tasksAfter []models.TaskRow
	read := func(c *[]models.Case, r *[]models.TaskRow) {
		require.NoError(t, db.Find(c).Error)
		require.NoError(t, db.Order("visit").Find(r).Error)
	}
	read(&cases, &tasks)
	for _, r := range tasks {
		require.Equal(t, r.DueAt == nil, r.SortAt.Equal(models.FarEnd))
		require.True(t, r.DueAt == nil || r.SortAt.Equal(*r.DueAt))
	}
	require.NoError(t, db.Exec("UPDATE cases SET stage_no = 0, wait_at = '9999-12-31 00:00:00+00:00'").Error)
	require.NoError(t, db.Exec("UPDATE tasks SET sort_at = '9999-12-31 00:00:00+00:00'").Error)
	statements, err := models.MigrationStatements(db.Name(), "00012_figures.sql")
	require.NoError(t, err)
	for _, sql := range statements {
		if strings.HasPrefix(strings.TrimSpace(sql), "UPDATE") {
			require.NoError(t, db.Exec(sql).Error)
		}
	}
	read(&after, &tasksAfter)
	require.Equal(t, cases, after)
	require.Equal(t, tasks, tasksAfter)
}
