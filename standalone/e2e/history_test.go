package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

var record = flag.Bool("record", false, "write the histories that workflows/replay_test.go replays")

// shapes are the lives of a case whose histories every later version must replay.
var shapes = map[string]func(s lifecycle.Script){
	"closed": func(s lifecycle.Script) {
		s.ToFiling()
		s.ToScoring()
		s.Score(800)
		s.Confirm(domain.VerdictPass)
		s.Register()
	},
	"returned": func(s lifecycle.Script) {
		s.ToFiling()
		s.ReturnOnce()
	},
	"rectified": func(s lifecycle.Script) {
		s.ToFiling()
		s.ReturnOnce()
		s.ToScoring()
		s.Score(500)
		s.Confirm(domain.VerdictRectify)
		s.HandIn()
		s.Score(900)
		s.Confirm(domain.VerdictPass)
		s.Register()
	},
	"terminated": func(s lifecycle.Script) {
		s.ToFiling()
		s.Terminate()
	},
	// The others were recorded before cases showed the engine their stage.
	"shown": func(s lifecycle.Script) {
		s.ToFiling()
		s.ToScoring()
		s.Score(500)
		s.Confirm(domain.VerdictRectify)
		s.HandIn()
		s.Terminate()
	},
}

// Every shape of a case runs on the real engine; with -record its runs are kept.
func TestShapes(t *testing.T) {
	t.Parallel()
	onEach(t, playShapes)
}

func playShapes(t *testing.T, world opener) {
	t.Helper()
	for name, play := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, world(t))
			play(b.script())
			b.clean()
			if *record {
				for i, run := range b.runs() {
					save(t, fmt.Sprintf("%s-run%d.json", name, i+1), run)
				}
			}
		})
	}
}

// A named script (one return, one rectification, three experts) must stay within
// 6 events an action, 2 a timer and 40 besides, and 64 KB, over all its runs.
func TestHistoryBudget(t *testing.T) {
	t.Parallel()
	onEach(t, keepBudget)
}

func keepBudget(t *testing.T, world opener) {
	t.Helper()
	b := newBench(t, world(t))
	shapes["rectified"](b.script())
	b.clean()
	events, bytes, timers, runs := 0, 0, 0, b.runs()
	for _, run := range runs {
		events += len(run.GetEvents())
		bytes += proto.Size(run)
		for _, e := range run.GetEvents() {
			if e.GetEventType() == enums.EVENT_TYPE_TIMER_STARTED {
				timers++
			}
		}
	}
	var actions int64
	require.NoError(t, b.w.DB.Model(&models.Event{}).Where("case_id = ?", b.c.ID).Count(&actions).Error)
	budget := 6*int(actions) + 2*timers + 40
	t.Logf("runs %d, accepted actions %d, timers %d: %d events (budget %d), %d bytes (budget %d)",
		len(runs), actions, timers, events, budget, bytes, 64<<10)
	require.LessOrEqual(t, events, budget)
	require.LessOrEqual(t, bytes, 64<<10)
}

// runs returns the histories of all runs of the case, oldest first.
func (b *bench) runs() []*historypb.History {
	b.t.Helper()
	var runs []*historypb.History
	for id := ""; ; {
		h := historyOf(b.t, b.client, b.c.WorkflowID, id)
		runs = append([]*historypb.History{h}, runs...)
		if id = h.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId(); id == "" {
			return runs
		}
	}
}

func historyOf(t *testing.T, c client.Client, workflowID, runID string) *historypb.History {
	t.Helper()
	h := &historypb.History{}
	events := c.GetWorkflowHistory(context.Background(), workflowID, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(t, err)
		h.Events = append(h.Events, e)
	}
	return h
}

// save keeps a run of a new shape; those that are kept already stay as they are.
func save(t *testing.T, name string, h *historypb.History) {
	t.Helper()
	dir := filepath.Join("..", "..", "workflows", "testdata")
	if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
		return
	}
	raw, err := protojson.Marshal(h)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), raw, 0o644))
}
