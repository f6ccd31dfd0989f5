package modelstest

import (
	"encoding/base64"
	"fmt"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Whatever the list and however equal its sort keys, pages of one row together are the
// list read at once.
func testPages(w *testkit.World) {
	ctx := w.T.Context()
	city := models.Scope{Paths: []string{w.City.Path}}
	everyPage(w, 3, func(p models.Page) ([]models.NotStarted, string, error) {
		return w.Store.NotStartedSchools(ctx, city, models.ProgressFilter{}, p)
	})
	c := listed(w)
	everyPage(w, 3, func(p models.Page) ([]models.ProgressRow, string, error) {
		return w.Store.Progress(ctx, city, models.ProgressFilter{}, p)
	})
	everyPage(w, 7, func(p models.Page) ([]models.RosterRow, string, error) {
		return w.Store.Roster(ctx, c.ID, models.RosterFilter{}, p)
	})
	for _, sort := range []string{"", "-login", "name", "-name", "created", "-created"} {
		everyPage(w, 7, func(p models.Page) ([]models.User, string, error) {
			p.Sort = sort
			return w.Store.Users(ctx, city, models.UserFilter{}, p)
		})
	}
	for _, sort := range []string{"", "-code", "name", "-name"} {
		everyPage(w, 6, func(p models.Page) ([]models.Org, string, error) {
			p.Sort = sort
			return w.Store.Orgs(ctx, city, models.OrgFilter{}, p)
		})
	}
	for _, sort := range []string{"", "-code", "name", "-name", "status", "-status"} {
		everyPage(w, 3, func(p models.Page) ([]models.CohortSchoolRow, string, error) {
			p.Sort = sort
			return w.Store.SchoolsOfCohort(ctx, city, w.Cohort.ID, models.CohortSchoolFilter{}, p)
		})
	}
	everyPage(w, 3, func(p models.Page) ([]models.Cohort, string, error) {
		return w.Store.Cohorts(ctx, city, models.CohortFilter{}, p)
	})
	everyPage(w, 3, func(p models.Page) ([]models.AlarmView, string, error) {
		return w.Store.Alarms(ctx, models.AlarmFilter{}, p)
	})
	everyPage(w, 3, func(p models.Page) ([]models.TaskView, string, error) {
		return w.Store.TodoTasks(ctx, "me", nil, models.InboxFilter{}, p)
	})
	everyPage(w, 3, func(p models.Page) ([]models.TaskView, string, error) {
		return w.Store.DoneTasks(ctx, "me", models.InboxFilter{}, p)
	})
	everyPage(w, 3, func(p models.Page) ([]models.ActionView, string, error) {
		return w.Store.SubmittedActions(ctx, domain.System().UserID, models.InboxFilter{}, p)
	})
	everyPage(w, 3, func(p models.Page) ([]models.TimelineEvent, string, error) { return w.Store.Timeline(ctx, c.ID, p) })
	everyPage(w, 5, func(p models.Page) ([]models.CaseEvent, string, error) {
		return w.Store.Events(ctx, city, models.EventFilter{}, p)
	})
	everyPage(w, 3, func(p models.Page) ([]models.Notice, string, error) { return w.Store.Notices(ctx, "me", false, p) })
	everyPage(w, 3, func(p models.Page) ([]models.Activity, string, error) {
		return w.Store.Activities(ctx, c.ID, "g", p)
	})
	everyPage(w, 3, func(p models.Page) ([]models.Practice, string, error) {
		return w.Store.Practices(ctx, c.ID, models.PracticeFilter{}, p)
	})
	everyPage(w, 3, func(p models.Page) ([]models.CreditView, string, error) {
		return w.Store.Credits(ctx, c.ID, models.CreditFilter{}, p)
	})
}

func everyPage[T any](w *testkit.World, n int, list func(models.Page) ([]T, string, error)) {
	t := w.T
	t.Helper()
	whole, next, err := list(models.Page{})
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, whole, n)
	var rows []T
	for page := (models.Page{Limit: 1}); ; page.Cursor = next {
		part, more, err := list(page)
		require.NoError(t, err)
		require.Len(t, part, 1)
		rows = append(rows, part...)
		require.LessOrEqual(t, len(rows), n)
		if next = more; next == "" {
			break
		}
	}
	require.Equal(t, whole, rows)
}

// listed opens three cases, one of them with seven teachers, and writes three rows of
// everything that is listed, all at one time.
func listed(w *testkit.World) *models.Case {
	t, at := w.T, w.Clock.Now()
	db := w.Store.DB(t.Context())
	c, teachers := w.Case(w.School, 7)
	w.Case(w.Foreign, 0)
	w.Case(w.Direct, 0)
	for i := range 3 {
		id, user := fmt.Sprint(i), teachers[i].ID
		seq := 2 + i%2 // the opening event is the first
		for _, row := range []any{
			&models.TaskRow{CaseID: c.ID, Visit: 20 + i, UserID: "me", Since: at, Status: models.TaskOpen},
			&models.TaskRow{CaseID: c.ID, Visit: 30 + i, Since: at, Status: models.TaskDone, DoneBy: "me", DoneAt: &at},
			&models.Notice{ID: id, UserID: "me", Source: id, CreatedAt: at},
			&models.Alarm{ID: id, Kind: models.AlarmStuck, CreatedAt: at},
			&models.Activity{ID: id, CaseID: c.ID, GroupID: "g", PublishedAt: at},
			&models.Practice{CaseID: c.ID, UserID: teachers[i/2].ID, Code: id, SubmittedAt: at},
			&models.Credit{CaseID: c.ID, UserID: user, Year: 2026, RecognizedAt: at},
		} {
			require.NoError(t, db.Create(row).Error)
		}
		if i < 2 {
			require.NoError(t, db.Create(&models.Cohort{ID: id, Code: id, Path: w.City.Path, WindowStart: at, WindowEnd: at, CreatedAt: at}).Error)
			require.NoError(t, db.Create(&models.Event{CaseID: c.ID, Seq: seq, ActionID: id, At: at}).Error)
		}
	}
	return c
}

// A cursor that no list gave out is refused, whatever is wrong with it.
func testBadCursor(w *testkit.World) {
	for name, cursor := range map[string]string{
		"no base64": "!", "no JSON": encoded(`{`), "too few": encoded(`["2026-09-07T01:00:00Z"]`),
		"too many": encoded(`["2026-09-07T01:00:00Z","a","b"]`), "null": encoded(`[null,"a"]`), "no time": encoded(`["a","b"]`),
	} {
		_, _, err := w.Store.Activities(w.T.Context(), "case", "", models.Page{Cursor: cursor})
		require.Error(w.T, err, name)
		refused(w.T, err, apperr.Invalid)
		require.Equal(w.T, "cursor", apperr.FieldOf(err), name)
	}
}

func encoded(raw string) string { return base64.RawURLEncoding.EncodeToString([]byte(raw)) }
