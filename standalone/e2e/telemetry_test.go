package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"zhengxiao/activities"
	"zhengxiao/api"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/config"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/telemetry"
	"zhengxiao/internal/temporalx"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
	"zhengxiao/worker"
	"zhengxiao/workflows"
)

// observed is a case behind the API on a real engine, with everything that API, worker and
// the engine's client tell of themselves.
type observed struct {
	*bench

	api, worker *telemetry.Telemetry
	spans       *tracetest.InMemoryExporter
	log         *bytes.Buffer
	url         string
	tokens      []string
}

// patient waits for each decision, however long it takes.
var patient = api.Config{DecisionWait: time.Minute, RequestTimeout: 2 * time.Minute}

func newObserved(t *testing.T, w *lifecycle.World) *observed {
	t.Helper()
	o := &observed{bench: newIdleBench(t, w), spans: tracetest.NewInMemoryExporter(), log: &bytes.Buffer{}}
	log := slog.New(telemetry.Logs(slog.NewJSONHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	o.api, o.worker = o.tells("api", 1), o.tells("worker", 0)
	require.NoError(t, w.DB.Use(telemetry.SQL{}))
	require.NoError(t, o.api.Watch(w.Store.Vitals, log))
	var err error
	o.client, err = temporalx.Lazy(config.Temporal{Address: o.engine, Namespace: "test"}, nil, log, o.worker.Engine())
	require.NoError(t, err)
	t.Cleanup(o.client.Close)
	o.bench.worker = worker.New(worker.Deps{Client: o.client, Store: w.Store, Logger: log, Telemetry: o.worker}, worker.Options{})
	require.NoError(t, o.bench.worker.Start())
	h, err := api.New(api.Deps{Store: w.Store, Engine: api.NewEngine(o.client), Logger: log, Telemetry: o.api, Config: patient})
	require.NoError(t, err)
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	o.url = s.URL
	o.open(w)
	return o
}

func (o *observed) tells(process string, ratio float64) *telemetry.Telemetry {
	o.t.Helper()
	t, err := telemetry.New(o.t.Context(), telemetry.Options{Process: process, Ratio: ratio, Spans: o.spans})
	require.NoError(o.t, err)
	o.t.Cleanup(func() { require.NoError(o.t, t.Close(context.Background())) })
	return t
}

// send takes an action over HTTP, as a browser does.
func (o *observed) send(e activities.Envelope) {
	o.t.Helper()
	if e.Kind == domain.ConfirmCredit {
		o.eventually(func() bool { return o.w.State(o.t, o.c.ID).Job == "" })
		e = o.w.Envelope(o.t, o.c.ID, e.Kind, e.Actor, e.Body)
	}
	token := auth.NewToken()
	o.tokens = append(o.tokens, token)
	require.NoError(o.t, o.w.Store.CreateSession(o.t.Context(), models.Session{TokenHash: auth.HashToken(token), UserID: e.Actor.UserID}, time.Hour))
	raw, err := json.Marshal(e.Body)
	require.NoError(o.t, err)
	body := map[string]any{}
	require.NoError(o.t, json.Unmarshal(raw, &body))
	body["visit"] = e.Visit
	raw, err = json.Marshal(body)
	require.NoError(o.t, err)
	r, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost,
		o.url+"/api/v1/cases/"+o.c.ID+"/actions/"+string(e.Kind), bytes.NewReader(raw))
	require.NoError(o.t, err)
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Authorization": "Bearer " + token, "Idempotency-Key": "key-" + e.ID,
		"Traceparent": "00-" + browserTrace(e.ID) + "-00f067aa0ba902b7-00",
	} {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(o.t, err)
	var answer bytes.Buffer
	_, err = answer.ReadFrom(res.Body)
	require.NoError(o.t, err)
	require.NoError(o.t, res.Body.Close())
	require.Equal(o.t, http.StatusOK, res.StatusCode, "%s: %s", e.Kind, answer.String())
}

// browserTrace is the trace that a browser begins with an action.
func browserTrace(action string) string { return action[:32] }

// everything is all that was told, as text.
func (o *observed) everything() string {
	o.t.Helper()
	all := bytes.NewBuffer(o.log.Bytes())
	for _, s := range o.spans.GetSpans() {
		fmt.Fprintf(all, "%s %v %v %v %v\n", s.Name, s.Status, s.Attributes, s.Events, s.Links)
	}
	for _, t := range []*telemetry.Telemetry{o.api, o.worker} {
		for name := range families(o.t, t) {
			fmt.Fprintln(all, name)
		}
	}
	return all.String()
}

// families are the metrics of a process, by name and labels.
func families(t *testing.T, tele *telemetry.Telemetry) map[string]bool {
	t.Helper()
	all, err := prometheus.Gatherers{tele.Gatherer()}.Gather()
	require.NoError(t, err)
	names := map[string]bool{}
	for _, f := range all {
		names[f.GetName()] = true
		for _, m := range f.GetMetric() {
			names[m.String()] = true
		}
	}
	return names
}

// One trace leads from the browser through API, mailbox and worker to each statement.
func TestOneTrace(t *testing.T) {
	t.Parallel()
	onEach(t, traceAction)
}

func traceAction(t *testing.T, world opener) {
	t.Helper()
	w := world(t)
	o := newObserved(t, w)
	w.Prepare(t, o.c.ID)
	e := w.Envelope(t, o.c.ID, domain.SubmitTeam, w.Head, domain.Body{})
	o.send(e)
	o.bench.worker.Stop()

	all := o.spans.GetSpans()
	names := map[string]string{}
	for _, s := range all {
		names[s.SpanContext.SpanID().String()] = s.Name
	}
	parents, events := map[string]string{}, 0
	for _, s := range all {
		require.Equal(t, browserTrace(e.ID), s.SpanContext.TraceID().String(), s.Name)
		parent := names[s.Parent.SpanID().String()]
		if s.Name != "sql" {
			parents[s.Name] = parent
		}
		if parent == "decide team.submit" && strings.HasPrefix(attribute(s, "db.query.text"), "INSERT INTO `events`") {
			events++
		}
	}
	const route = "POST /api/v1/cases/:caseId/actions/:kind"
	require.Equal(t, map[string]string{
		route: "", "signal case": route, "mailbox": "signal case", "decide team.submit": "signal case",
	}, parents)
	require.Equal(t, 1, events, "the event that the decision wrote")
	require.Contains(t, o.log.String(), `"trace_id":"`+browserTrace(e.ID)+`"`)
	require.Contains(t, o.log.String(), `"actor":"`+w.Head.UserID+`"`)
}

func attribute(s tracetest.SpanStub, key string) string {
	for _, a := range s.Attributes {
		if string(a.Key) == key {
			return a.Value.AsString()
		}
	}
	return ""
}

// A whole life, traced and logged to the last line, tells nothing about people; and its
// history replays where nothing is traced.
func TestALifeTellsNothingPersonal(t *testing.T) {
	t.Parallel()
	onEach(t, traceLife)
}

func traceLife(t *testing.T, world opener) {
	t.Helper()
	w := world(t)
	identify(t, w)
	o := newObserved(t, w)
	shapes["rectified"](lifecycle.Script{T: t, W: w, CaseID: o.c.ID, Send: o.send})
	o.settle()
	runs := o.runs()
	o.bench.worker.Stop()

	told := o.everything()
	for _, private := range append(o.tokens, "慕容婉儿", "目标不明确", "缺少签章", "意见", "材料.pdf", "R-2026-001", "teacher-1-", "admin-1", "head-1", "expert0") {
		require.NotContains(t, told, private)
	}
	for _, public := range []string{
		"zhengxiao_decision_duration_seconds", "zhengxiao_mailbox_pending_actions", "zhengxiao_http_request_duration_seconds",
		"temporal_request_total", "temporal_workflow_task_execution_latency_seconds", "temporal_local_activity_execution_latency_seconds",
		"temporal_num_pollers", "temporal_worker_task_slots_available", `"route":"/api/v1/cases/:caseId/actions/:kind"`, "decide result.confirm",
	} {
		require.Contains(t, told, public)
	}
	o.keepsNothingPersonal(told)
	require.Len(t, runs, 2)
	for _, run := range runs {
		require.Contains(t, run.String(), `\"trace\":\"00-`)
		replayer := sdkworker.NewWorkflowReplayer()
		replayer.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: workflows.CaseName})
		require.NoError(t, replayer.ReplayWorkflowHistory(nil, run))
	}
}
