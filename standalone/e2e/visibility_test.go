package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"zhengxiao/internal/domain"
	"zhengxiao/workflows"
)

// Operators find a case in the engine by codes and stage, from its start to its end and in
// every run of it.
func TestOperatorsFindCases(t *testing.T) {
	t.Parallel()
	onEach(t, findCases)
}

func findCases(t *testing.T, world opener) {
	t.Helper()
	b := newBench(t, world(t))
	found := func(query string, want int64) {
		t.Helper()
		b.eventually(func() bool {
			n, err := b.client.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: query})
			require.NoError(t, err)
			return n.GetCount() == want
		})
	}
	const school = "ZxCohort = '2026A' AND ZxDistrict = 'th' AND ZxSchool = 'th1' AND ZxStage = "
	found(school+"'team'", 1)
	s := b.script()
	s.ToFiling()
	found(school+"'filing'", 1)
	found(school+"'team'", 0)
	s.ToScoring()
	s.Score(500)
	s.Confirm(domain.VerdictRectify)
	found(school+"'dossier' AND ExecutionStatus = 'Running'", 1)
	s.Terminate()
	found(school+"'closed'", 1)

	for _, run := range b.runs() {
		carried := run.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetSearchAttributes().GetIndexedFields()
		for name := range workflows.SearchAttributes() {
			require.Contains(t, carried, name)
		}
	}
}
