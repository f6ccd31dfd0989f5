package modelstest

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

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
		last := models.FarEnd
		n := 0
		for p := (models.Page{Limit: 70}); ; {
			rows, next, err := w.Store.Events(ctx, c.scope, c.f, p)
			require.NoError(t, err, name)
			for _, e := range rows {
				require.False(t, e.At.After(last), name)
				last = e.At
			}
			n += len(rows)
			if p.Cursor = next; next == "" {
				break
			}
		}
		require.Equal(t, c.want, n, name)
	}
}
