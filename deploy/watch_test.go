package deploy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

// metrics are those that the programs export; internal/telemetry keeps the list current.
func metrics(t *testing.T) map[string]bool {
	t.Helper()
	raw, err := os.ReadFile("prometheus/metrics.txt")
	require.NoError(t, err)
	names := map[string]bool{"up": true}
	for line := range strings.Lines(string(raw)) {
		name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		names[name] = true
		if kind == "histogram" {
			for _, part := range []string{"_bucket", "_sum", "_count"} {
				names[name+part] = true
			}
		}
	}
	return names
}

// known requires that an expression parses and asks only for metrics there are.
func known(t *testing.T, names map[string]bool, expression string) {
	t.Helper()
	e, err := parser.ParseExpr(expression)
	require.NoError(t, err, expression)
	parser.Inspect(e, func(node parser.Node, _ []parser.Node) error {
		if v, ok := node.(*parser.VectorSelector); ok {
			require.True(t, names[v.Name], "%s: nobody exports %s", expression, v.Name)
		}
		return nil
	})
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	groups, errs := rulefmt.ParseFile("prometheus/alerts.yaml", false)
	require.Empty(t, errs)
	guide, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	names, seen := metrics(t), map[string]bool{}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			require.NotEmpty(t, r.Alert)
			require.False(t, seen[r.Alert], r.Alert)
			seen[r.Alert] = true
			known(t, names, r.Expr)
			require.Contains(t, []string{"critical", "warning"}, r.Labels["severity"], r.Alert)
			require.NotZero(t, r.For, "%s: one bad moment wakes nobody", r.Alert)
			require.Regexp(t, `\p{Han}`, r.Annotations["summary"], r.Alert)
			require.Equal(t, "docs/operations.md#"+strings.ToLower(r.Alert), r.Annotations["runbook"])
			require.Contains(t, string(guide), "\n### "+r.Alert+"\n", "the guide says what to do")
		}
	}
	require.Greater(t, len(seen), 10)
	for line := range strings.Lines(string(guide)) {
		if name, ok := strings.CutPrefix(line, "### Zhengxiao"); ok {
			require.True(t, seen["Zhengxiao"+strings.TrimSpace(name)], "the guide explains an alert there is not: %s", line)
		}
	}
}

// panel is what is looked at of a panel of Grafana.
type panel struct {
	ID         int    `json:"id"`
	Title      string `json:"title"`
	Datasource struct {
		UID string `json:"uid"`
	} `json:"datasource"`
	GridPos struct {
		X int `json:"x"`
		Y int `json:"y"`
		W int `json:"w"`
		H int `json:"h"`
	} `json:"gridPos"`
	Targets []struct {
		Expr string `json:"expr"`
	} `json:"targets"`
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("grafana/zhengxiao.json")
	require.NoError(t, err)
	var board struct {
		UID    string  `json:"uid"`
		Panels []panel `json:"panels"`
	}
	require.NoError(t, json.NewDecoder(bytes.NewReader(raw)).Decode(&board))
	require.Equal(t, "zhengxiao", board.UID)
	names, ids, cells := metrics(t), map[int]bool{}, map[[2]int]string{}
	for _, p := range board.Panels {
		require.False(t, ids[p.ID], p.Title)
		ids[p.ID] = true
		require.NotEmpty(t, p.Title)
		require.NotEmpty(t, p.Targets, p.Title)
		require.Equal(t, "prometheus", p.Datasource.UID, p.Title)
		for _, target := range p.Targets {
			known(t, names, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m"))
		}
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				require.Empty(t, cells[[2]int{x, y}], "%s lies over another panel", p.Title)
				cells[[2]int{x, y}] = p.Title
			}
		}
	}
	require.Greater(t, len(ids), 10)
}
