package testkit

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
)

// Child is a process of its own that runs one test of the same program, until it is killed
// with no chance to tidy up.
type Child struct {
	tb     testing.TB
	cmd    *exec.Cmd
	out    *bufio.Scanner
	killed bool
}

// StartChild starts a process that runs a test, told by its environment (NAME=value) what to
// work on. It is killed at the end of this one at the latest.
func StartChild(tb testing.TB, test string, env ...string) *Child {
	tb.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(tb.Context()), os.Args[0], "-test.run="+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, cmd.Start())
	c := &Child{tb: tb, cmd: cmd, out: bufio.NewScanner(out)}
	tb.Cleanup(func() {
		if !c.killed {
			c.Kill()
		}
	})
	return c
}

// Await reads what the child says until n lines are as asked for.
func (c *Child) Await(n int, asked func(line string) bool) {
	c.tb.Helper()
	for n > 0 && c.out.Scan() {
		if asked(c.out.Text()) {
			n--
		}
	}
	require.Zero(c.tb, n, "it ended before")
}

// Kill ends the child, which must be running.
func (c *Child) Kill() {
	c.tb.Helper()
	c.killed = true
	require.NoError(c.tb, c.cmd.Process.Kill())
	require.Error(c.tb, c.cmd.Wait(), "it was killed")
}

// File is where a database of SQLite's is, for another pool or another process.
func File(tb testing.TB, db *gorm.DB) string {
	tb.Helper()
	var file string
	require.NoError(tb, db.Raw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file).Error)
	return file
}
