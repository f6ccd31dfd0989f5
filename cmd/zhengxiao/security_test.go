package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// requirement is one row of docs/security.md.
type requirement struct{ id, level, answer, how, code, test string }

func requirements(t *testing.T) []requirement {
	t.Helper()
	raw, err := os.ReadFile("../../docs/security.md")
	require.NoError(t, err)
	var rows []requirement
	for line := range strings.Lines(string(raw)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		const columns = 6
		if !strings.HasPrefix(line, "|") || len(cells) != columns || strings.Contains(line, "---") || strings.TrimSpace(cells[2]) == "" {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, requirement{cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]})
	}
	return rows
}

func TestSecurity_every_requirement_is_answered_once(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/asvs.txt")
	require.NoError(t, err)
	rows := map[string]requirement{}
	for _, r := range requirements(t) {
		if regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(r.id) {
			require.NotContains(t, rows, r.id)
			rows[r.id] = r
		}
		require.Contains(t, []string{"holds", "partly", "no", "does not apply"}, r.answer, r.id)
		require.NotEmpty(t, r.how, r.id)
		if r.answer == "holds" {
			require.NotEmpty(t, r.code, "%s says where", r.id)
			require.NotEmpty(t, r.test, "%s says what fails without it", r.id)
		}
	}
	wanted := strings.Split(strings.TrimSpace(string(raw)), "\n")
	for _, line := range wanted {
		id, level, _ := strings.Cut(line, " ")
		require.Equal(t, level, rows[id].level, "requirement %s", id)
	}
	require.Len(t, rows, len(wanted))
}

func TestSecurity_rows_name_what_exists(t *testing.T) {
	t.Parallel()
	named, tests := regexp.MustCompile("`([^`]+)`"), testsOfTheTree(t)
	rows := requirements(t)
	require.NotEmpty(t, rows)
	for _, r := range rows {
		for _, m := range named.FindAllStringSubmatch(r.code, -1) {
			_, err := os.Stat(filepath.Join("../..", m[1]))
			require.NoError(t, err, r.id)
		}
		for _, m := range named.FindAllStringSubmatch(r.test, -1) {
			if strings.Contains(m[1], "/") { // of the browser app
				require.FileExists(t, filepath.Join("../..", m[1]), r.id)
				continue
			}
			require.True(t, tests[m[1]], "%s: there is no test %s", r.id, m[1])
		}
	}
}

// testsOfTheTree are the names of all tests and fuzz targets of all modules.
func testsOfTheTree(t *testing.T) map[string]bool {
	t.Helper()
	names, declared := map[string]bool{}, regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "../.." && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		raw, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(raw), -1) {
			names[m[1]] = true
		}
		return err
	})
	require.NoError(t, err)
	return names
}
