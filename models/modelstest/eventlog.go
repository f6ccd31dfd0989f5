package modelstest

import (
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// The log reads the same whether there are few cases to look at or many.
func testEventLog(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	at := w.Clock.Now()
	var cases []models.Case
	var events []models.Event
	for i := range 250 {
		school := w.School
		if i%5 == 0 {
			school = w.Foreign
		}
		id := fmt.Sprintf("case-%03d", i)
		cases = append(cases, models.Case{
			ID: id, CohortID: id, SchoolID: school.ID, SchoolName: school.Name, DistrictID: *school.ParentID, Path: school.Path, WorkflowID: id,
			SortAt: models.FarEnd, WaitAt: models.FarEnd, OpenedAt: at, UpdatedAt: at,
		})
		for seq := 1; seq <= 2; seq++ {
			events = append(events, models.Event{
				CaseID: id, Seq: seq, ActionID: fmt.Sprint(id, seq), Kind: domain.SubmitTeam, ActorRole: domain.RolePrincipal,
				At: at.Add(time.Duration(seq*1000+i) * time.Second), StageBefore: domain.StageTeam,
			})
		}
	}
	require.NoError(t, w.Store.DB(ctx).CreateInBatches(cases, 50).Error)
	require.NoError(t, w.Store.DB(ctx).CreateInBatches(events, 50).Error)
	for name, c := range map[string]struct {
		scope models.Scope
		f     models.EventFilter
		want  int
	}{
		"many":            {models.Scope{Paths: []string{w.City.Path}}, models.EventFilter{}, 500},
		"few":             {models.Scope{Paths: []string{w.Sibling.Path}}, models.EventFilter{}, 100},
		"many by name":    {models.Scope{Paths: []string{w.City.Path}}, models.EventFilter{Text: "第一小学"}, 500},
		"few by name":     {models.Scope{Paths: []string{w.City.Path}}, models.EventFilter{Text: "越秀"}, 100},
		"none by name":    {models.Scope{Paths: []string{w.City.Path}}, models.EventFilter{Text: "100%"}, 0},
		"since":           {models.Scope{Paths: []string{w.City.Path}}, models.EventFilter{From: at.Add(2000 * time.Second)}, 250},
		"until":           {models.Scope{Paths: []string{w.City.Path}}, models.EventFilter{To: at.Add(2000 * time.Second)}, 250},
		"of one":          {models.Scope{All: true}, models.EventFilter{CaseID: "case-007"}, 2},
		"of one, foreign": {models.Scope{Paths: []string{w.Sibling.Path}}, models.EventFilter{CaseID: "case-007"}, 0},
		"stage":           {models.Scope{All: true}, models.EventFilter{Stage: domain.StageTeam}, 500},
		"nothing":         {models.Scope{}, models.EventFilter{}, 0},
	} {
		newest, oldest := readEvents(w, c.scope, c.f, "-at"), readEvents(w, c.scope, c.f, "at")
		require.Len(t, newest, c.want, name)
		slices.Reverse(oldest)
		require.Equal(t, newest, oldest, name)
		require.True(t, slices.IsSortedFunc(newest, func(a, b models.CaseEvent) int { return b.At.Compare(a.At) }), name)
	}
	_, _, err := w.Store.Events(ctx, models.Scope{All: true}, models.EventFilter{}, models.Page{Sort: "school"})
	require.Equal(t, "sort", apperr.FieldOf(err))
}

// readEvents reads all pages of the log in an order.
func readEvents(w *testkit.World, scope models.Scope, f models.EventFilter, sort string) []models.CaseEvent {
	var all []models.CaseEvent
	for p := (models.Page{Limit: 70, Sort: sort}); ; {
		rows, next, err := w.Store.Events(w.T.Context(), scope, f, p)
		require.NoError(w.T, err)
		all = append(all, rows...)
		if p.Cursor = next; next == "" {
			return all
		}
	}
}
