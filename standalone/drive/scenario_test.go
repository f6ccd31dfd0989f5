package drive

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
)

// after is the stage in which a leg leaves the case; legs that are not here stay where
// they are.
var after = map[string]domain.Stage{
	formTeam.Name: domain.StageDiagnosis, diagnose.Name: domain.StagePlanning, plan.Name: domain.StageFiling,
	approve.Name: domain.StageTraining, finish.Name: domain.StageAssessment, assess.Name: domain.StageDossier,
	handIn.Name: domain.StageScoring, score.Name: domain.StageConfirmation, pass.Name: domain.StageCrediting,
	register.Name: domain.StageClosed, withdraw.Name: domain.StagePlanning, resubmit.Name: domain.StageFiling,
	sendBack.Name: domain.StagePlanning, mendPlan.Name: domain.StageFiling, rectify.Name: domain.StageDossier,
	mend.Name: domain.StageScoring, accept.Name: domain.StageClosed, "终止项目": domain.StageClosed,
}

func scenarios() []Scenario {
	list := []Scenario{
		NotStarted(), Returned(), ReturnedOnce(), Withdrawn(), ExpertDeclined(), ExpertConflict(),
		Rectifying(), Rectified(), Failed(), Terminated(), Closed(), Overdue(domain.StageFiling),
		ReturnedTwice(), Urged(), Delegated(), Paused(), Deferred(), Appealing(),
	}
	for _, s := range domain.Stages()[:len(domain.Stages())-1] {
		list = append(list, Waiting(s))
	}
	return list
}

func TestEveryScenarioGoesFromStageToStage(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		if s.Unopened() {
			require.Empty(t, s.Legs, s.Name)
			continue
		}
		at := domain.StageTeam
		for _, leg := range s.Legs {
			require.Equal(t, leg.Stage, at, "%s: %s", s.Name, leg.Name)
			if to, moves := after[leg.Name]; moves {
				at = to
			}
		}
		require.Equal(t, s.Ends, at, s.Name)
		require.Equal(t, s.Ends == domain.StageClosed, s.Result != "", s.Name)
	}
}
