package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/config"
	"zhengxiao/internal/domain"
)

var update = flag.Bool("update", false, "rewrite the configuration table of docs/operations.md")

const (
	operations = "../../docs/operations.md"
	tableBegin = "<!-- config -->\n\n"
	tableEnd   = "\n<!-- /config -->"
)

func TestDocs_configuration_table_is_current(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(operations)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(raw), tableBegin)
	require.True(t, ok)
	table, after, ok := strings.Cut(rest, tableEnd)
	require.True(t, ok)
	if *update {
		require.NoError(t, os.WriteFile(operations, []byte(before+tableBegin+config.Markdown()+tableEnd+after), 0o600))
		return
	}
	require.Equal(t, config.Markdown(), table, "run: go test ./cmd/zhengxiao -run Docs -update")
}

func TestDocs_glossary_is_complete(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/glossary.md")
	require.NoError(t, err)
	named := func(name string, code any) {
		t.Helper()
		found := false
		for line := range strings.Lines(string(raw)) {
			found = found || strings.HasPrefix(line, "| "+name+" |") && strings.Contains(line, fmt.Sprintf("| `%v` |", code))
		}
		require.True(t, found, "%s `%v`", name, code)
	}
	for _, s := range domain.Stages() {
		named(s.Name(), s)
	}
	for _, r := range domain.Roles() {
		named(r.Name(), r)
	}
	for _, k := range append(domain.Kinds(), domain.SystemOpen, domain.SystemRung, domain.SystemWindowEnd, domain.SystemRecompute, domain.SystemCredited, domain.SystemMigrate) {
		named(k.Name(), k)
	}
	for _, task := range []domain.Task{
		domain.TaskTeam, domain.TaskDiagnosis, domain.TaskPlanning, domain.TaskFiling, domain.TaskTraining, domain.TaskAssessment,
		domain.TaskDossier, domain.TaskPanel, domain.TaskInvitation, domain.TaskScore, domain.TaskConfirmation,
		domain.TaskAppeal, domain.TaskCreditConfirm, domain.TaskCreditRecord,
	} {
		named(task.Name(), task)
	}
}
