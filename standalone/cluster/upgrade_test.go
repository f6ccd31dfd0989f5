package cluster_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
	"zhengxiao/standalone/aftermath"
	"zhengxiao/standalone/cluster"
	"zhengxiao/standalone/drive"
	"zhengxiao/worker"
)

// entry is where the workflow of a case begins; other versions do something more there.
const entry = "func Case(ctx workflow.Context, in CaseInput) error {\n"

// guarded is a change as the next release may make it; unguarded is one it must not make.
const (
	guarded = `	if workflow.GetVersion(ctx, "the next release", workflow.DefaultVersion, 1) == 1 {
		_ = workflow.Sleep(ctx, time.Millisecond)
	}
`
	unguarded = "	_ = workflow.Sleep(ctx, time.Millisecond)\n"
)

// version builds the product with a change.
func version(t *testing.T, name, change string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	const file = "workflows/case.go"
	now, err := os.ReadFile(filepath.Join(root, file))
	require.NoError(t, err)
	next := strings.Replace(string(now), entry, entry+change, 1)
	require.NotEqual(t, string(now), next)
	bin := filepath.Join(root, ".cache", "cluster", name)
	require.NoError(t, cluster.BuildWith(t.Context(), root, bin, file, next))
	return bin
}

// upgrade lets a new version take over while cases are on their way. A version that cannot
// go on with them is stopped at the gate; the right one stands beside the old one, is
// promoted, and then the old one leaves. Cases begun before and after come to their ends,
// and no workflow task fails.
func upgrade(t *testing.T, c *cluster.Cluster, d *drive.Client, schools []*drive.School) {
	t.Helper()
	ctx := t.Context()
	half := drive.Waiting(domain.StageFiling)
	for _, s := range schools[:2] {
		require.NoError(t, (&drive.Run{School: s, Scenario: half}).Finish(ctx))
	}

	out, err := c.CommandOf(ctx, version(t, "zhengxiao-wrong", unguarded), "wrong", "worker", "--verify")
	require.Error(t, err, "a version that cannot go on with running cases passed: %s", out)
	require.Contains(t, out, "不能接续")
	next := version(t, "zhengxiao-next", guarded)
	out, err = c.CommandOf(ctx, next, "2", "worker", "--verify")
	require.NoError(t, err)
	t.Log(strings.TrimSpace(out))

	old, promoted := c.Workers, make(chan struct{})
	play, ctx := errgroup.WithContext(ctx)
	for i, s := range schools {
		way := drive.Closed()
		if i < 2 {
			way.Legs = way.Legs[len(half.Legs):]
		}
		play.Go(func() error { return endAfter(ctx, promoted, &drive.Run{School: s, Scenario: way}) })
	}
	play.Go(func() error { return takeOver(ctx, c, next, old, promoted) })
	require.NoError(t, play.Wait())

	db, err := c.Database()
	require.NoError(t, err)
	defer closed(t, db)
	_, err = aftermath.Check(t.Context(), db, models.New(db, time.Now, nil), d.Acks(), schools)
	require.NoError(t, err)
	engine, err := c.Engine(t.Context())
	require.NoError(t, err)
	defer engine.Close()
	for i, s := range schools {
		versions, failed := history(t, engine, s)
		require.Zero(t, failed, s.Name)
		require.Contains(t, versions, "2", "%s was not finished by the next version", s.Name)
		if i < 2 {
			require.Contains(t, versions, cluster.FirstVersion, s.Name)
		}
		t.Logf("%s: workflow tasks by version %v, %d failed", s.Name, versions, failed)
	}
}

// endAfter keeps a school's last leg for when the next version is promoted.
func endAfter(ctx context.Context, promoted <-chan struct{}, r *drive.Run) error {
	for r.Left() > 1 {
		if err := r.Step(ctx); err != nil {
			return err
		}
	}
	select {
	case <-promoted:
	case <-ctx.Done():
		return ctx.Err()
	}
	return r.Finish(ctx)
}

// takeOver is the upgrade: new workers beside the old ones, promote, old workers away. As
// long as the new ones are dead, though just seen, nothing is given to them.
func takeOver(ctx context.Context, c *cluster.Cluster, bin string, old []cluster.Part, promoted chan<- struct{}) error {
	c.Workers = append([]cluster.Part{}, old...)
	for _, name := range []string{"worker-3", "worker-4"} {
		w, err := c.NewWorker(ctx, name, bin, "2")
		if err != nil {
			return err
		}
		c.Workers = append(c.Workers, w)
		if err := w.Start(ctx); err != nil {
			return err
		}
	}
	if err := noticed(ctx, c, worker.Deployment{Name: "zhengxiao", BuildID: "2"}); err != nil {
		return err
	}
	for _, w := range c.Workers[len(old):] {
		if err := w.Kill(); err != nil {
			return err
		}
	}
	out, err := c.CommandOf(ctx, bin, "2", "promote", "--wait", "10s")
	if err == nil || !strings.Contains(out, "可能已经退出") {
		return fmt.Errorf("a version was promoted whose workers are dead, or it was not told: %s", out)
	}
	for _, w := range c.Workers[len(old):] {
		if err := w.Start(ctx); err != nil {
			return err
		}
	}
	if out, err = c.CommandOf(ctx, bin, "2", "promote"); err != nil {
		return fmt.Errorf("promote: %w: %s", err, out)
	}
	if !strings.Contains(out, "最近一次自") {
		return fmt.Errorf("promote does not tell who works: %s", out)
	}
	close(promoted)
	for _, w := range old {
		if err := w.Stop(ctx); err != nil {
			return err
		}
	}
	return nil
}

// noticed returns when the engine has seen a worker of the version.
func noticed(ctx context.Context, c *cluster.Cluster, version worker.Deployment) error {
	engine, err := c.Engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		seen, err := version.Pollers(ctx, engine)
		if err != nil || len(seen) > 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// history counts the workflow tasks of a case by the version that did them, and the failed.
func history(t *testing.T, engine client.Client, s *drive.School) (versions map[string]int, failed int) {
	t.Helper()
	versions = map[string]int{}
	events := engine.GetWorkflowHistory(t.Context(), "case-"+s.CohortID+"-"+s.ID, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(t, err)
		switch e.GetEventType() {
		case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			versions[e.GetWorkflowTaskCompletedEventAttributes().GetDeploymentVersion().GetBuildId()]++
		case enums.EVENT_TYPE_WORKFLOW_TASK_FAILED:
			failed++
		}
	}
	return versions, failed
}
