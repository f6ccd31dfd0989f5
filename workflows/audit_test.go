package workflows_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// A day has its head, then what is old enough is removed; what fails for hours is told to
// the operator, and the one does not keep the other from being tried.
func TestAuditHead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keeps, purges error
		alarms        int
	}{
		"all is well":       {nil, nil, 0},
		"no object store":   {errors.New("away"), nil, 1},
		"the log is edited": {nil, errors.New("edited"), 1},
		"neither":           {errors.New("away"), errors.New("edited"), 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := lifecycle.New(t)
			acts := &activities.Activities{Store: w.Store}
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			env.RegisterWorkflowWithOptions(workflows.AuditHead, workflow.RegisterOptions{Name: workflows.AuditHeadName})
			env.RegisterActivity(acts)
			kept, purged := 0, 0
			env.OnActivity(acts.KeepAuditHead, mock.Anything).Return(func(context.Context) (string, error) { kept++; return "", test.keeps })
			env.OnActivity(acts.PurgeAudit, mock.Anything).Return(func(context.Context) (int, error) { purged++; return 0, test.purges })
			env.ExecuteWorkflow(workflows.AuditHeadName)
			require.True(t, env.IsWorkflowCompleted())
			require.NoError(t, env.GetWorkflowError())
			require.Positive(t, kept)
			require.Positive(t, purged)
			var alarms []models.Alarm
			require.NoError(t, w.DB.Where("kind = ?", models.AlarmAudit).Find(&alarms).Error)
			require.Len(t, alarms, test.alarms)
		})
	}
}

// Whoever cancels the day's head is not told that it failed.
func TestAuditHead_Cancelled(t *testing.T) {
	t.Parallel()
	w := lifecycle.New(t)
	acts := &activities.Activities{Store: w.Store}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterWorkflowWithOptions(workflows.AuditHead, workflow.RegisterOptions{Name: workflows.AuditHeadName})
	env.RegisterActivity(acts)
	env.OnActivity(acts.KeepAuditHead, mock.Anything).Return(func(context.Context) (string, error) { return "", errors.New("away") })
	env.RegisterDelayedCallback(env.CancelWorkflow, 0)
	env.ExecuteWorkflow(workflows.AuditHeadName)
	require.True(t, temporal.IsCanceledError(env.GetWorkflowError()))
	var alarms int64
	require.NoError(t, w.DB.Model(&models.Alarm{}).Count(&alarms).Error)
	require.Zero(t, alarms)
}
