package modelstest

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Every list is the same read at once and page by page, in each of its orders.
func testOrders(w *testkit.World) {
	ctx := w.T.Context()
	city := models.Scope{Paths: []string{w.City.Path}}
	listed(w)
	for _, sort := range []string{"due", "-due", "overdue", "-overdue", "waited", "-waited", "name", "-name", "stage", "-stage"} {
		everyPage(w, 3, func(p models.Page) ([]models.ProgressRow, string, error) {
			p.Sort = sort
			return w.Store.Progress(ctx, city, models.ProgressFilter{}, p)
		})
		var listed, each []string
		rows, _, err := w.Store.Progress(ctx, city, models.ProgressFilter{}, models.Page{Sort: sort})
		require.NoError(w.T, err)
		for _, r := range rows {
			listed = append(listed, r.ID)
		}
		require.NoError(w.T, w.Store.EachProgress(ctx, city, models.ProgressFilter{}, sort, func(rows []models.ProgressRow) error {
			for _, r := range rows {
				each = append(each, r.ID)
			}
			return nil
		}))
		require.Equal(w.T, listed, each, sort)
	}
	for _, sort := range []string{"due", "-due", "since", "-since", "name", "-name"} {
		everyPage(w, 3, func(p models.Page) ([]models.TaskView, string, error) {
			p.Sort = sort
			return w.Store.TodoTasks(ctx, "me", nil, models.InboxFilter{}, p)
		})
		everyPage(w, 3, func(p models.Page) ([]models.TaskView, string, error) {
			p.Sort = sort
			return w.Store.DoneTasks(ctx, "me", models.InboxFilter{}, p)
		})
	}
	_, _, err := w.Store.Progress(ctx, city, models.ProgressFilter{}, models.Page{Sort: "size"})
	refused(w.T, err, apperr.Invalid)
	_, next, err := w.Store.Progress(ctx, city, models.ProgressFilter{}, models.Page{Sort: "due", Limit: 1})
	require.NoError(w.T, err)
	_, _, err = w.Store.Progress(ctx, city, models.ProgressFilter{}, models.Page{Sort: "-overdue", Limit: 1, Cursor: next})
	refused(w.T, err, apperr.Invalid)
}

func testInboxFilter(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	listed(w)
	yes := true
	grants := []models.Grant{{Role: domain.RolePrincipal, OrgID: w.School.ID}, {Role: domain.RolePrincipal, OrgID: w.School.ID}}
	for name, test := range map[string]struct {
		f    models.InboxFilter
		want int
	}{
		"all":            {models.InboxFilter{}, 4},
		"task":           {models.InboxFilter{Task: domain.TaskTeam}, 1},
		"stage":          {models.InboxFilter{Stage: domain.StageTeam}, 4},
		"another stage":  {models.InboxFilter{Stage: domain.StageFiling}, 0},
		"cohort":         {models.InboxFilter{CohortID: w.Cohort.ID}, 4},
		"another cohort": {models.InboxFilter{CohortID: "other"}, 0},
		"overdue":        {models.InboxFilter{Overdue: &yes}, 0},
		"school":         {models.InboxFilter{Text: "天河"}, 4},
		"another school": {models.InboxFilter{Text: "越秀"}, 0},
	} {
		rows, _, err := w.Store.TodoTasks(ctx, "me", grants, test.f, models.Page{})
		require.NoError(t, err, name)
		require.Len(t, rows, test.want, name)
		n, err := w.Store.CountTodo(ctx, "me", grants, test.f)
		require.NoError(t, err, name)
		require.Equal(t, models.TodoCounts{Open: test.want}, n, name)
	}
	n, err := w.Store.CountDone(ctx, "me", models.InboxFilter{CohortID: w.Cohort.ID})
	require.NoError(t, err)
	require.Equal(t, 3, n)
	n, err = w.Store.CountSubmitted(ctx, domain.System().UserID, models.InboxFilter{Task: domain.TaskTeam, Overdue: &yes})
	require.NoError(t, err)
	require.Equal(t, 3, n, "actions have neither task nor due date")
}

// shortfalls are those of one case.
func shortfalls(w *testkit.World, caseID string) models.Shortfalls {
	w.T.Helper()
	c, err := w.Store.CaseByID(w.T.Context(), caseID)
	require.NoError(w.T, err)
	found, err := w.Store.Shortfalls(w.T.Context(), []models.Case{c})
	require.NoError(w.T, err)
	return found[caseID]
}

// blockers are what the exact list says of the same kinds.
func blockers(w *testkit.World, caseID string, kinds ...models.BlockerKind) models.Shortfalls {
	w.T.Helper()
	c, err := w.Store.CaseByID(w.T.Context(), caseID)
	require.NoError(w.T, err)
	list, err := w.Store.Blockers(w.T.Context(), &c)
	require.NoError(w.T, err)
	var found models.Shortfalls
	for _, b := range list {
		for _, k := range kinds {
			if b.Kind == k {
				if found == nil {
					found = models.Shortfalls{}
				}
				found[k] = b.Count
			}
		}
	}
	return found
}

// Counting for many cases at once agrees with the list of one.
func testShortfalls(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	s := train(t, w)
	hours := func() { require.Equal(t, blockers(w, s.id, models.BlockerHours), shortfalls(w, s.id)) }
	hours()
	s.complete(t, s.members[0], s.name(t, s.members[0]))
	hours()
	off := w.Store.DB(ctx).Model(&models.RosterRow{}).Where("case_id = ? AND user_id = ?", s.id, s.leader)
	require.NoError(t, off.Update("status", domain.RosterLeave).Error)
	hours()
	require.Equal(t, 1, shortfalls(w, s.id)[models.BlockerHours])
	s.complete(t, s.members[1], s.name(t, s.members[1]))
	require.Empty(t, shortfalls(w, s.id))

	w.Move(s.id, domain.StageAssessment)
	gates := func() {
		require.Equal(t, blockers(w, s.id, models.BlockerReview, models.BlockerGrade), shortfalls(w, s.id))
	}
	gates()
	who := s.members[0]
	require.NoError(t, w.Store.PutReview(ctx, s.id, who, domain.ReviewPassed, "", "admin"))
	gates()
	for i, code := range points(w, 3) {
		status := domain.PointQualified
		if i == 2 {
			status = domain.PointUnqualified
		}
		require.NoError(t, w.Store.DB(ctx).Create(&models.Practice{CaseID: s.id, UserID: who, Code: code, Status: status, SubmittedAt: w.Clock.Now()}).Error)
	}
	gates()
	require.Equal(t, 2, shortfalls(w, s.id)[models.BlockerGrade])
	require.NoError(t, w.Store.DB(ctx).Model(&models.Practice{}).Where("user_id = ?", who).Update("status", domain.PointQualified).Error)
	gates()
	require.Equal(t, models.Shortfalls{models.BlockerReview: 1, models.BlockerGrade: 1}, shortfalls(w, s.id))
	testMissingItems(t, w, s)
}

func testMissingItems(t *testing.T, w *testkit.World, s training) {
	t.Helper()
	w.Move(s.id, domain.StageDossier)
	own := 0
	first := ""
	for _, e := range w.Policy.Evidence {
		if e.Required && e.Source == "" {
			own++
			first = strconv.Itoa(e.No)
		}
	}
	require.Equal(t, models.Shortfalls{models.BlockerDossier: own}, shortfalls(w, s.id))
	upload(t, w, s.id, models.Slot{Kind: models.SlotDossier, Key: first}, "admin", "材料.pdf")
	require.Equal(t, models.Shortfalls{models.BlockerDossier: own - 1}, shortfalls(w, s.id))
	w.Move(s.id, domain.StageScoring)
	require.Empty(t, shortfalls(w, s.id))
}

func testSearch(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 1)
	w.Move(c.ID, domain.StageTraining, func(s *domain.State) { s.FilingNo = "备2601-440106001" })
	city := models.Scope{Paths: []string{w.City.Path}}
	names := func(hits []models.Hit, err error) []string {
		t.Helper()
		require.NoError(t, err)
		var list []string
		for _, h := range hits {
			list = append(list, h.Name)
		}
		return list
	}
	require.Equal(t, []string{w.School.Name, w.Direct.Name, w.Foreign.Name}, names(w.Store.FindSchools(ctx, city, "第一", 9)))
	require.Equal(t, []string{w.School.Name}, names(w.Store.FindSchools(ctx, city, "440106", 9)))
	require.Empty(t, names(w.Store.FindSchools(ctx, city, "%", 9)))
	require.Equal(t, []string{w.School.Name}, names(w.Store.FindSchools(ctx, models.Scope{CaseIDs: []string{c.ID}}, "第一", 9)))
	hits, err := w.Store.FindUsers(ctx, city, city, "用户", 9)
	require.NoError(t, err)
	require.Len(t, hits, 1)
	require.Equal(t, []string{w.School.Name, c.ID}, []string{hits[0].Org, hits[0].CaseID})
	require.Len(t, names(w.Store.FindUsers(ctx, city, city, "U000", 9)), 1)
	require.Empty(t, names(w.Store.FindUsers(ctx, models.Scope{}, city, "用户", 9)))
	for _, text := range []string{"备2601", "2601-4401"} {
		require.Equal(t, []string{w.School.Name}, names(w.Store.FindFilings(ctx, city, text, 9)), text)
	}
	require.Empty(t, names(w.Store.FindFilings(ctx, models.Scope{Paths: []string{w.Sibling.Path}}, "备2601", 9)))
}
