package cluster_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/models"
	"zhengxiao/standalone/cluster"
)

// scraped is what the processes have told Prometheus since the cluster began.
type scraped struct {
	families map[string]map[string]bool // by name, and by the process that told it
	labels   map[string]map[string]bool // by name, and by value
}

func newScraped() scraped {
	return scraped{families: map[string]map[string]bool{}, labels: map[string]map[string]bool{}}
}

var (
	family = regexp.MustCompile(`(?m)^# TYPE (\S+) `)
	label  = regexp.MustCompile(`([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"`)
)

// scrape asks every process. A process that is just being killed tells nothing.
func (s scraped) scrape(ctx context.Context, c *cluster.Cluster) error {
	told, err := c.Metrics(ctx)
	put := func(in map[string]map[string]bool, name, value string) {
		if in[name] == nil {
			in[name] = map[string]bool{}
		}
		in[name][value] = true
	}
	for process, text := range told {
		for _, m := range family.FindAllStringSubmatch(text, -1) {
			put(s.families, m[1], process)
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			for _, m := range label.FindAllStringSubmatch(line, -1) {
				put(s.labels, m[1], m[2])
			}
		}
	}
	return err
}

// unseen are metrics that tell only of what must not happen here, an alarm and a workflow
// that cannot be carried on, or of what nobody asked for, to send the audit log elsewhere.
// That they are told is tested where they are made.
var unseen = map[string]bool{
	"zhengxiao_alarms_open": true, "temporal_workflow_task_execution_failed_total": true,
	"zhengxiao_audit_unsent": true, "zhengxiao_audit_unsent_oldest_age_seconds": true,
}

// labels are the names that labels may have.
var labels = strings.Fields(`process version route method code kind outcome stage le quantile db_name
	operation namespace client_name task_queue worker_type poller_type activity_type workflow_type
	status_code failure_reason cause nexus_service nexus_operation result`)

// watchable checks that whatever dashboard and alerts ask for is told by a process that
// runs, and that no label is about a person.
func watchable(t *testing.T, c *cluster.Cluster, s scraped) {
	t.Helper()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	end := time.Now().Add(30 * time.Second) // vitals are read again after 15 s
	untold := func(name string) bool { return len(s.families[name]) == 0 && !unseen[name] }
	silent := s.scrape(t.Context(), c)
	for (silent != nil || slices.ContainsFunc(asked(t), untold)) && time.Now().Before(end) {
		<-tick.C
		silent = s.scrape(t.Context(), c)
	}
	require.NoError(t, silent)
	for _, name := range asked(t) {
		require.False(t, untold(name), "the dashboard or an alert asks for %s, and no process tells it", name)
	}
	for _, part := range append(append([]cluster.Part{}, c.Workers...), c.APIs...) {
		require.True(t, s.families["zhengxiao_build_info"][part.Name()], part.Name())
	}
	t.Logf("%d metrics, %d of them asked for", len(s.families), len(asked(t)))

	db, err := c.Database()
	require.NoError(t, err)
	defer closed(t, db)
	var people []models.User
	require.NoError(t, db.Find(&people).Error)
	require.NotEmpty(t, people)
	for name, values := range s.labels {
		require.Contains(t, labels, name, "a label that nobody has thought about: %v", values)
		for value := range values {
			if name != "version" { // may be in words
				require.NotRegexp(t, `\p{Han}`, value, name)
			}
			for i := range people {
				require.NotEqual(t, people[i].Login, value, name)
				require.NotContains(t, value, people[i].ID, name)
			}
		}
	}
}

// asked are the metrics that dashboard and alerts name.
func asked(t *testing.T) []string {
	t.Helper()
	deploy := filepath.Join("..", "..", "deploy")
	read := func(path ...string) string {
		raw, err := os.ReadFile(filepath.Join(append([]string{deploy}, path...)...))
		require.NoError(t, err)
		return string(raw)
	}
	text := read("grafana", "zhengxiao.json") + read("prometheus", "alerts.yaml")
	var names []string
	for line := range strings.Lines(read("prometheus", "metrics.txt")) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if regexp.MustCompile(`\b` + name + `(_bucket|_sum|_count)?\b`).MatchString(text) {
			names = append(names, name)
		}
	}
	require.Greater(t, len(names), 25)
	return names
}
