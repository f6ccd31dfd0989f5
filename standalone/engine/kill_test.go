package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/standalone/engine"
)

// A child process runs this test binary with childDir set and is killed by its parent.
const childDir = "ENGINE_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}

// child starts an engine and a workflow, signals it, says so and waits to be killed.
func child(dir string) {
	ctx := context.Background()
	e, err := engine.Start(ctx, config(dir))
	if err != nil {
		log.Fatal(err)
	}
	c, err := client.Dial(client.Options{HostPort: e.HostPort(), Namespace: namespace, Logger: nopLogger{}})
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.SignalWithStartWorkflow(ctx, "case-1", "action", "批准", client.StartWorkflowOptions{TaskQueue: "mailbox"}, "mailbox")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(os.Stdout, "accepted")
	select {}
}

func mailbox(ctx workflow.Context) (string, error) {
	var action string
	workflow.GetSignalChannel(ctx, "action").Receive(ctx, &action)
	return action, nil
}

func TestEngineKeepsAcceptedSignalsThroughKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "accepted\n", line)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait(), "killed")

	_, c := start(t, config(dir))
	w := worker.New(c, "mailbox", worker.Options{})
	w.RegisterWorkflowWithOptions(mailbox, workflow.RegisterOptions{Name: "mailbox"})
	require.NoError(t, w.Start())
	defer w.Stop()
	var got string
	require.NoError(t, c.GetWorkflow(t.Context(), "case-1", "").Get(t.Context(), &got))
	require.Equal(t, "批准", got)
}
