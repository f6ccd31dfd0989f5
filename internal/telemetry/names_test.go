package telemetry_test

import (
	"bytes"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/telemetry"
	"zhengxiao/models"
)

var update = flag.Bool("update", false, "rewrite the list of metrics in deploy/prometheus")

const list = "../../deploy/prometheus/metrics.txt"

// Dashboards and alerts may name what this list has; deploy/ checks them against it.
func TestTheListOfMetrics_is_current(t *testing.T) {
	t.Parallel()
	w := newWatched(t, 0)
	require.NoError(t, w.Pool(&sql.DB{}))
	require.NoError(t, w.Watch(func(context.Context) (models.Vitals, error) {
		return models.Vitals{
			At: time.Now(), Alarms: map[string]int{models.AlarmStuck: 1}, Reconcile: models.Drift{Ended: time.Now()},
			Audit: models.Proving{Sealing: true, Shipping: true, Head: time.Now()},
		}, nil
	}, slog.New(slog.DiscardHandler)))
	_, seen := w.Request(request(t, http.MethodGet, "/"), "/x", false)
	seen.End(http.StatusOK)
	_, d := w.Decision(t.Context(), "", "k", "c", time.Now())
	d.End(telemetry.Accepted, time.Second)
	measureEngine(t, w)

	families, err := w.Gatherer().Gather()
	require.NoError(t, err)
	var text bytes.Buffer
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "go_") && !strings.HasPrefix(f.GetName(), "go_sql_") && f.GetName() != "go_goroutines" {
			continue // as Go's version has it
		}
		fmt.Fprintf(&text, "%s %s\n", f.GetName(), strings.ToLower(f.GetType().String()))
	}
	if *update {
		require.NoError(t, os.WriteFile(list, text.Bytes(), 0o600))
		return
	}
	kept, err := os.ReadFile(list)
	require.NoError(t, err)
	require.Equal(t, string(kept), text.String(), "run: go test ./internal/telemetry -run List -update")
}

var engineMetric = regexp.MustCompile(`= TemporalMetricsPrefix \+ "(\w+)"|= (?:TemporalRequest|TemporalLongRequest) \+ "(\w+)"`)

// measureEngine measures everything that the engine's SDK may measure, by the names in its
// source: many of them show only when something fails.
func measureEngine(t *testing.T, w watched) {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "go.temporal.io/sdk").Output()
	require.NoError(t, err)
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "internal", "common", "metrics", "constants.go"))
	require.NoError(t, err)
	found := engineMetric.FindAllStringSubmatch(string(source), -1)
	require.Greater(t, len(found), 40)
	for _, m := range found {
		names := []string{"temporal_" + m[1]}
		if m[1] == "" {
			names = []string{"temporal_request" + m[2], "temporal_long_request" + m[2]}
		}
		for _, name := range names {
			switch {
			case strings.HasSuffix(name, "_latency"):
				w.Engine().Timer(name).Record(time.Second)
			case regexp.MustCompile(`_(num_pollers|slots_available|slots_used|cache_size|thread_count)$`).MatchString(name):
				w.Engine().Gauge(name).Update(1)
			default:
				w.Engine().Counter(name).Inc(1)
			}
		}
	}
}
