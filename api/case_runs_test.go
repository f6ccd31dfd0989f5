package api

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// deliver does what a worker does with the messages in the outbox that are due.
func deliver(t *testing.T, r *rig) int {
	t.Helper()
	rows, err := r.store.ClaimOutbox(t.Context(), 100, time.Minute)
	require.NoError(t, err)
	sent := 0
	for _, row := range rows {
		if row.Kind != models.OutboxSend {
			continue
		}
		var p models.SendPayload
		require.NoError(t, json.Unmarshal([]byte(row.Payload), &p))
		c, err := r.store.CaseByID(t.Context(), row.CaseID)
		require.NoError(t, err)
		require.NoError(t, r.engine.SignalCase(t.Context(), c.WorkflowID, workflows.Envelope{
			ID: p.ActionID, Kind: p.Kind, Actor: domain.System(), Body: p.Body, At: r.store.Now(),
		}))
		require.NoError(t, r.store.FinishOutbox(t.Context(), row))
		sent++
	}
	return sent
}

func cohortPath(id, rest string) string { return "/api/v1/cohorts/" + id + rest }

const stopDay = "2026-09-10"

func calendarDraft(version string, days ...gen.CalendarDayDraft) gen.NewCalendar {
	base := calendar.Base()
	var all []gen.CalendarDayDraft
	for _, d := range base.Days(2026) {
		all = append(all, gen.CalendarDayDraft{Date: d.Date, Kind: string(d.Kind), Name: d.Name})
	}
	return gen.NewCalendar{Base: base.Version(), Version: version, Reason: "台风停课", Years: []gen.CalendarYearDraft{{Year: 2026, Days: append(all, days...)}}}
}

// breakFrom is a break of ten days from the day after the clock's.
func breakFrom(w *testkit.World) []gen.CalendarDayDraft {
	var days []gen.CalendarDayDraft
	for i := 1; i <= 10; i++ {
		days = append(days, gen.CalendarDayDraft{Date: w.Clock.Now().AddDate(0, 0, i).Format(time.DateOnly), Kind: "break", Name: "停课"})
	}
	return days
}

func TestACalendarVersionIsCheckedAndStored(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	office := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	day := gen.CalendarDayDraft{Date: stopDay, Kind: "break", Name: "台风停课"}
	n := calendarDraft("GZ-1", day)
	draft := gen.CalendarDraft{Base: n.Base, Version: n.Version, Years: n.Years}
	check := ok[gen.CalendarCheck](office.post("/api/v1/calendar-check", draft), 200)
	require.True(t, check.Valid)
	require.Equal(t, []gen.CalendarChange{{Date: stopDay, NewKind: "break", NewName: "台风停课"}}, check.Changes)
	ok[gen.CalendarSummary](office.post("/api/v1/calendars", n), 201)
	require.Equal(t, "version", office.post("/api/v1/calendars", n).refused(409, apperr.Conflict).Field)
	wrong := calendarDraft("GZ-2", gen.CalendarDayDraft{Date: "2026-02-30", Kind: "break", Name: "x"}, gen.CalendarDayDraft{Date: stopDay, Kind: "break", Name: ""})
	check = ok[gen.CalendarCheck](office.post("/api/v1/calendar-check", gen.CalendarDraft{Base: wrong.Base, Version: wrong.Version, Years: wrong.Years}), 200)
	require.Len(t, check.Problems, 2, "all at once")
	office.post("/api/v1/calendars", wrong).refused(422, calendar.CodeInvalid)
	missing := calendarDraft("GZ-3")
	missing.Base = "none"
	office.post("/api/v1/calendars", missing).refused(404, apperr.NotFound)
	r.as(w.User(w.District, domain.RoleDistrict).ID).post("/api/v1/calendars", n).refused(403, apperr.Forbidden)
	list := ok[gen.CalendarList](office.get("/api/v1/calendars"), 200)
	require.Equal(t, "台风停课", list.Items[0].Reason)
}

// Cases of a cohort move their deadlines by another calendar: as the preview said, once,
// and with old and new on record.
func TestACohortChangesItsCalendar(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	moving, _ := w.Case(w.School, 0)
	ended, _ := w.Case(w.Foreign, 0)
	w.Move(ended.ID, domain.StageClosed, func(s *domain.State) { s.Waits = nil })
	office := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	ok[gen.CalendarSummary](office.post("/api/v1/calendars", calendarDraft("GZ-1", breakFrom(w)...)), 201)
	was := *moving.DueAt

	view := ok[gen.CalendarPreview](office.get(cohortPath(w.Cohort.ID, "/calendar?version=GZ-1")), 200)
	require.Equal(t, []int{1, 1, 1}, []int{view.Cases, view.Moved, view.Deadlines})
	to := view.Items[0].Moves[0].To
	require.True(t, to.After(was))
	office.get(cohortPath(w.Cohort.ID, "/calendar?version=none")).refused(404, apperr.NotFound)

	change := gen.CalendarAssignment{Version: "GZ-1", Reason: "台风停课"}
	put := func(p person, key string, a gen.CalendarAssignment) reply {
		return p.send(http.MethodPut, cohortPath(w.Cohort.ID, "/calendar"), a, "Idempotency-Key", key)
	}
	put(r.as(w.User(w.District, domain.RoleDistrict).ID), "key-00000000", change).refused(403, apperr.Forbidden)
	put(r.as(w.User(w.School, domain.RolePrincipal).ID), "key-00000000", change).refused(403, apperr.Forbidden)
	stale := change
	stale.Seen = "GZ-0"
	put(office, "key-00000000", stale).refused(409, apperr.Stale)
	run := ok[gen.CaseRun](put(office, "key-00000001", change), 202)
	require.Equal(t, []any{1, 1, 0, "更换工作日历"}, []any{run.Cases, run.Pending, run.Accepted, run.KindName})
	require.Equal(t, run.Id, ok[gen.CaseRun](put(office, "key-00000001", change), 202).Id, "asked twice")
	put(office, "key-00000001", gen.CalendarAssignment{Version: "GZ-1", Reason: "别的"}).refused(422, apperr.KeyReused)
	put(office, "key-00000002", gen.CalendarAssignment{Version: "GZ-1", Seen: "GZ-1", Reason: "再来"}).refused(409, apperr.Conflict)

	require.Equal(t, 1, deliver(t, r))
	require.Zero(t, deliver(t, r))
	now, err := w.Store.CaseByID(t.Context(), moving.ID)
	require.NoError(t, err)
	require.True(t, now.DueAt.Equal(to))
	run = ok[gen.CaseRun](office.get(cohortPath(w.Cohort.ID, "/runs/"+run.Id)), 200)
	require.Equal(t, []int{0, 1, 0}, []int{run.Pending, run.Accepted, run.Refused})
	items := ok[gen.CaseRunItemList](office.get(cohortPath(w.Cohort.ID, "/runs/"+run.Id+"/items")), 200).Items
	require.Len(t, items, 1)
	require.True(t, items[0].Moves[0].From.Equal(was))
	require.True(t, items[0].Moves[0].To.Equal(to))
	office.get(cohortPath(w.Cohort.ID, "/runs/none")).refused(404, apperr.NotFound)
}

// The list of a run reads the events of its cases at once, the workbook none of them.
func TestMovesOfARunAreReadAtOnce(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	due := map[string]time.Time{}
	for _, school := range []*models.Org{w.School, w.Foreign, w.Direct} {
		c, _ := w.Case(school, 0)
		due[c.ID] = *c.DueAt
	}
	office := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	ok[gen.CalendarSummary](office.post("/api/v1/calendars", calendarDraft("GZ-1", breakFrom(w)...)), 201)
	change := gen.CalendarAssignment{Version: "GZ-1", Reason: "台风停课"}
	run := ok[gen.CaseRun](office.send(http.MethodPut, cohortPath(w.Cohort.ID, "/calendar"), change, "Idempotency-Key", "key-00000001"), 202)
	w.Clock.Advance(time.Minute)
	require.Equal(t, 3, deliver(t, r))

	reads := 0
	require.NoError(t, r.store.DB(t.Context()).Callback().Query().After("gorm:query").Register("count", func(db *gorm.DB) {
		if db.Statement.Table == "events" {
			reads++
		}
	}))
	path := cohortPath(w.Cohort.ID, "/runs/"+run.Id+"/items")
	items := ok[gen.CaseRunItemList](office.get(path), 200).Items
	require.Equal(t, 1, reads)
	require.Len(t, items, 3)
	for _, i := range items {
		c, err := r.store.CaseByID(t.Context(), i.CaseId)
		require.NoError(t, err)
		require.Len(t, i.Moves, 1)
		require.Equal(t, domain.TaskTeam.Name(), i.Moves[0].TaskName)
		require.WithinDuration(t, due[i.CaseId], i.Moves[0].From, 0)
		require.WithinDuration(t, *c.DueAt, i.Moves[0].To, 0)
	}
	require.Len(t, sheetOf(t, office.get(path+"?format=xlsx")), 4)
	require.Equal(t, 1, reads)
}

func TestCasesAreMigratedOnPurpose(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	early, _ := w.Case(w.School, 0)
	judged, _ := w.Case(w.Foreign, 0)
	w.Move(judged.ID, domain.StageScoring)
	office := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	ok[gen.OverlayVersion](office.post(overlayPath(w.Cohort.ID, ""), publication(`{"rubric":{"pass":700},"deadlines":{"team":{"days":40}}}`, 0)), 201)

	view := ok[gen.MigrationPreview](office.post(cohortPath(w.Cohort.ID, "/migration-preview"), gen.MigrationChoice{}), 200)
	require.Equal(t, []int{2, 1}, []int{view.Cases, view.Allowed})
	by := map[string]gen.TrialItem{}
	for _, i := range view.Items {
		by[i.CaseId] = i
	}
	require.Len(t, by[early.ID].Moves, 1)
	require.Equal(t, string(domain.CodePolicySettled), by[judged.ID].Code)
	require.Len(t, view.Sources, 1)
	require.Len(t, view.Sources[0].Changes, 2)
	require.Len(t, ok[gen.MigrationPreview](office.post(cohortPath(w.Cohort.ID, "/migration-preview"), gen.MigrationChoice{Stage: "team"}), 200).Items, 1)
	office.post(cohortPath(w.Cohort.ID, "/migration-preview"), gen.MigrationChoice{Target: "none"}).refused(422, apperr.Invalid)

	post := func(p person, key string, m gen.NewMigration) reply {
		return p.send(http.MethodPost, cohortPath(w.Cohort.ID, "/runs"), m, "Idempotency-Key", key)
	}
	choice := gen.NewMigration{Target: view.Target, CaseIds: []string{early.ID, judged.ID}, Reason: "市标准调整"}
	post(r.as(w.User(w.District, domain.RoleDistrict).ID), "key-00000000", choice).refused(403, apperr.Forbidden)
	post(r.as(w.User(w.City, domain.RoleBureau).ID), "key-00000000", choice).refused(403, apperr.Forbidden)
	unknown := choice
	unknown.CaseIds = []string{early.ID, testkit.ID()}
	require.Equal(t, "case_ids", post(office, "key-00000000", unknown).refused(422, apperr.Invalid).Field)
	run := ok[gen.CaseRun](post(office, "key-00000001", choice), 202)
	require.Equal(t, run.Id, ok[gen.CaseRun](post(office, "key-00000001", choice), 202).Id)
	w.Clock.Advance(time.Minute)
	require.Equal(t, 2, deliver(t, r))

	run = ok[gen.CaseRun](office.get(cohortPath(w.Cohort.ID, "/runs/"+run.Id)), 200)
	require.Equal(t, []int{1, 1, 0}, []int{run.Accepted, run.Refused, run.Pending})
	refused := ok[gen.CaseRunItemList](office.get(cohortPath(w.Cohort.ID, "/runs/"+run.Id+"/items?status=refused")), 200).Items
	require.Len(t, refused, 1)
	require.Equal(t, judged.ID, refused[0].CaseId)
	require.Contains(t, refused[0].Message, "评分量表")
	now, err := w.Store.CaseByID(t.Context(), early.ID)
	require.NoError(t, err)
	require.Equal(t, view.Target, now.PolicyDigest)
	left := ok[gen.MigrationPreview](office.post(cohortPath(w.Cohort.ID, "/migration-preview"), gen.MigrationChoice{}), 200)
	require.Equal(t, []int{1, 0}, []int{left.Cases, left.Allowed})
	again := ok[gen.CaseRun](post(office, "key-00000002", gen.NewMigration{Target: view.Target, CaseIds: []string{early.ID}, Reason: "再来"}), 202)
	w.Clock.Advance(time.Minute)
	deliver(t, r)
	items := ok[gen.CaseRunItemList](office.get(cohortPath(w.Cohort.ID, "/runs/"+again.Id+"/items")), 200).Items
	require.Equal(t, string(domain.CodeUnchanged), items[0].Code)
	require.Len(t, ok[gen.CaseRunList](office.get(cohortPath(w.Cohort.ID, "/runs")), 200).Items, 2)
	r.as(w.User(w.School, domain.RoleTeacher).ID).get(cohortPath(w.Cohort.ID, "/runs")).refused(404, apperr.NotFound)
}

// A case that ended before its message could be delivered says so.
func TestAMessageToAnEndedCaseIsSettled(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	c, _ := w.Case(w.School, 0)
	office := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	ok[gen.OverlayVersion](office.post(overlayPath(w.Cohort.ID, ""), publication(`{"rubric":{"pass":700}}`, 0)), 201)
	target := ok[gen.Cohort](office.get(cohortPath(w.Cohort.ID, "")), 200).PolicyDigest
	run := ok[gen.CaseRun](office.send(http.MethodPost, cohortPath(w.Cohort.ID, "/runs"),
		gen.NewMigration{Target: target, CaseIds: []string{c.ID}, Reason: "调整"}, "Idempotency-Key", "key-00000001"), 202)
	items, _, err := w.Store.RunItems(t.Context(), run.Id, "", models.Page{})
	require.NoError(t, err)
	settled, err := w.Store.AnswerClosed(t.Context(), c.ID, items[0].ActionID)
	require.NoError(t, err)
	require.False(t, settled, "an open case may still answer")
	w.Move(c.ID, domain.StageClosed, func(s *domain.State) { s.Waits = nil })
	settled, err = w.Store.AnswerClosed(t.Context(), c.ID, items[0].ActionID)
	require.NoError(t, err)
	require.True(t, settled)
	require.Equal(t, 1, ok[gen.CaseRun](office.get(cohortPath(w.Cohort.ID, "/runs/"+run.Id)), 200).Refused)
}
