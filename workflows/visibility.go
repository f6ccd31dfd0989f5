package workflows

import (
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
)

// changeStageShown is since when a run tells the engine its stage: what a run did before
// stays what it did.
const changeStageShown = "stage-search-attribute"

// showStage lets operators find the case by its stage in the engine's own tools. Nothing
// else depends on it.
func (m *mailbox) showStage(ctx workflow.Context) {
	if workflow.GetVersion(ctx, changeStageShown, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, activities.AttrStage.ValueSet(string(m.state.Stage))); err != nil {
		m.logger.Warn("stage not shown to the engine", "error", err)
	}
}
