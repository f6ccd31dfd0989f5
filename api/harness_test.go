package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/importer"
	"zhengxiao/internal/reconcile"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// rig is the real router over a real store; only the engine and the object store are
// doubles.
type rig struct {
	t      *testing.T
	store  *models.Store
	engine *engine
	files  *files
	deps   Deps

	comparing reconcile.Compare
	h         http.Handler
	tokens    sync.Map
}

// cheap hashes passwords in no time.
var cheap = auth.Params{Memory: 8, Time: 1, Threads: 1}

func newRig(t *testing.T, store *models.Store, change ...func(*Config)) *rig {
	t.Helper()
	c := Config{
		Passwords: cheap, DecisionWait: 5 * time.Second, ProofFor: 1000 * time.Hour, PasswordPolicy: auth.MLPS(), Limits: 100,
		RequestTimeout: 5 * time.Minute, // how busy the machine is must not decide a test
	}
	c.PasswordPolicy.MaxAge = 0 // whole years pass in some tests
	for _, f := range change {
		f(&c)
	}
	r := &rig{t: t, store: store, engine: &engine{store: store}, files: newFiles()}
	r.deps = Deps{Store: store, Engine: r.engine, Files: r.files, Logger: slog.New(slog.DiscardHandler), Config: c}
	jobs := reconcile.NewJobs(store, r.deps.Logger, r.compare)
	t.Cleanup(jobs.Close)
	r.deps.Reconciler = jobs
	imports := importer.NewJobs(store, r.deps.Logger)
	t.Cleanup(imports.Close)
	r.deps.Importer = imports
	r.build()
	return r
}

// compare is what a comparison of SQL with the engine does; a test may give its own.
func (r *rig) compare(ctx context.Context, o reconcile.Options) (reconcile.Report, error) {
	if r.comparing == nil {
		return reconcile.Report{}, nil
	}
	return r.comparing(ctx, o)
}

func (r *rig) build() {
	r.t.Helper()
	h, err := New(r.deps)
	require.NoError(r.t, err)
	r.h = h
}

// app has the router serve an app.
func (r *rig) app(h http.Handler) {
	r.t.Helper()
	r.deps.App = h
	r.build()
}

// listen serves the router on a port of this machine and returns its address.
func (r *rig) listen() string {
	s := httptest.NewServer(r.h)
	r.t.Cleanup(s.Close)
	return s.URL
}

// newWorld is a rig over a small city.
func newWorld(t *testing.T, change ...func(*Config)) (*rig, *testkit.World) {
	t.Helper()
	clock := testkit.NewClock()
	store := testkit.Store(t, clock)
	return newRig(t, store, change...), testkit.NewWorld(t, store, clock)
}

// person sends requests in the name of a user.
type person struct {
	r     *rig
	token string
	id    string
}

func (r *rig) as(userID string) person {
	r.t.Helper()
	if v, ok := r.tokens.Load(userID); ok {
		return person{r, v.(string), userID}
	}
	token := auth.NewToken()
	row := models.Session{TokenHash: auth.HashToken(token), UserID: userID}
	require.NoError(r.t, r.store.CreateSession(context.Background(), row, 1000*time.Hour))
	r.tokens.Store(userID, token)
	return person{r, token, userID}
}

// next is p, a program, after an answer that gave the session another token.
func (p person) next(answer reply) person {
	p.r.t.Helper()
	p.token = ok[gen.NextToken](answer, http.StatusOK).Token
	return p
}

// proves is p after a proof of who it is.
func (p person) proves(password, code string) person {
	p.r.t.Helper()
	return p.next(p.post("/api/v1/sessions/current/proof", gen.SessionProof{Password: password, Code: code}))
}

func (r *rig) nobody() person { return person{r: r} }

type reply struct {
	*httptest.ResponseRecorder

	t *testing.T
}

// send makes one request; headers come in pairs.
func (p person) send(method, path string, body any, headers ...string) reply {
	p.r.t.Helper()
	var raw []byte
	switch b := body.(type) {
	case nil:
	case string:
		raw = []byte(b)
	case []byte:
		raw = b
	default:
		var err error
		raw, err = json.Marshal(b)
		require.NoError(p.r.t, err)
	}
	req := httptest.NewRequestWithContext(context.Background(), method, path, bytes.NewReader(raw))
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	check := p.expectEntry(method, path)
	p.r.h.ServeHTTP(w, req)
	check(reply{w, p.r.t})
	return reply{w, p.r.t}
}

func (p person) get(path string) reply            { return p.send(http.MethodGet, path, nil) }
func (p person) put(path string, body any) reply  { return p.send(http.MethodPut, path, body) }
func (p person) post(path string, body any) reply { return p.send(http.MethodPost, path, body) }

// ok requires a status and decodes the body into a T.
func ok[T any](r reply, status int) T {
	r.t.Helper()
	var v T
	require.Equal(r.t, status, r.Code, r.Body.String())
	if r.Body.Len() > 0 {
		require.NoError(r.t, json.Unmarshal(r.Body.Bytes(), &v), r.Body.String())
		require.NotContains(r.t, r.Body.String(), ":null", "the contract has no null: lists are empty, absent things left out")
	}
	return v
}

// refused requires a problem with a status and a code.
func (r reply) refused(status int, code apperr.Code) gen.Problem {
	r.t.Helper()
	require.Equal(r.t, status, r.Code, r.Body.String())
	require.Equal(r.t, "application/problem+json", r.Header().Get("Content-Type"))
	var p gen.Problem
	require.NoError(r.t, json.Unmarshal(r.Body.Bytes(), &p), r.Body.String())
	require.Equal(r.t, string(code), p.Code, r.Body.String())
	require.Equal(r.t, status, p.Status)
	require.NotEmpty(r.t, p.Detail)
	require.NotEmpty(r.t, p.RequestId)
	return p
}

func casePath(id, rest string) string { return "/api/v1/cases/" + id + rest }

// act takes an action with the visit that the case view gives for it.
func (p person) act(caseID string, k domain.Kind, key string, body gen.ActionRequest) reply {
	p.r.t.Helper()
	view := ok[gen.CaseView](p.get(casePath(caseID, "")), http.StatusOK)
	body.Visit = view.Entered
	for _, o := range view.Actions {
		if o.Kind == k && o.Visit != 0 {
			body.Visit = o.Visit
		}
	}
	return p.send(http.MethodPost, casePath(caseID, "/actions/"+string(k)), body, "Idempotency-Key", key)
}

// engine is a test double of the workflow engine. It decides with the real store, inline
// in the signal, as the case's mailbox would: one at a time, each action once.
type engine struct {
	store *models.Store

	mu      sync.Mutex
	fails   error  // what every call answers instead
	loses   error  // what every call answers although it was done
	arrives func() // after a message was kept
	stalled bool   // messages are kept until run
	inbox   []func() error
	cohorts []string
	digests int
}

func (e *engine) SignalCase(ctx context.Context, workflowID string, m workflows.Envelope) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fails != nil {
		return e.fails
	}
	job := func() error { return e.decide(context.WithoutCancel(ctx), workflowID, m) }
	if e.stalled {
		e.inbox = append(e.inbox, job)
		if e.arrives != nil {
			e.arrives()
		}
		return nil
	}
	return errors.Join(job(), e.loses)
}

func (e *engine) decide(ctx context.Context, workflowID string, m workflows.Envelope) error {
	var c models.Case
	if err := e.store.DB(ctx).Where("workflow_id = ?", workflowID).Take(&c).Error; err != nil {
		return err
	}
	a := models.Received{
		Action:     domain.Action{ID: m.ID, Kind: m.Kind, Actor: m.Actor, Visit: m.Visit, Body: m.Body, At: m.At},
		BodySHA256: m.BodySHA256,
	}
	if _, err := e.store.Decide(ctx, c.ID, c.Seq, a); err != nil {
		return err
	}
	after, err := e.store.CaseByID(ctx, c.ID)
	if err != nil {
		return err
	}
	state, err := after.Decode()
	if err != nil || state.Job != domain.JobCredit {
		return err
	}
	if err := e.store.Recognize(ctx, c.ID, func(int, int) {}); err != nil {
		return err
	}
	done := domain.Action{ID: domain.SystemActionID(c.ID, domain.SystemCredited, state.Entered, ""), Kind: domain.SystemCredited, Actor: domain.System(), At: m.At}
	_, err = e.store.Decide(ctx, c.ID, after.Seq, models.Received{Action: done})
	return err
}

// run takes the messages that were kept.
func (e *engine) run(t *testing.T) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stalled = false
	e.drain(t)
}

func (e *engine) drain(t *testing.T) {
	t.Helper()
	for _, job := range e.inbox {
		require.NoError(t, job())
	}
	e.inbox = nil
}

func (e *engine) lose(answer error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.loses = answer
}

func (e *engine) set(fails error, stalled bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fails, e.stalled = fails, stalled
}

func (e *engine) StartCohort(_ context.Context, id string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fails == nil {
		e.cohorts = append(e.cohorts, id)
	}
	return e.fails
}

func (e *engine) SendDigests(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fails == nil {
		e.digests++
	}
	return e.fails
}

func (e *engine) Check(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fails
}

// files is a test double of the object store: bytes by key, checked against the grant.
type files struct {
	mu     sync.Mutex
	fails  error
	scan   error // the scanner's verdict of what is as granted
	bodies map[string][]byte
	parts  map[string]map[int]int64 // sizes by upload and number

	ping, pingScanner func(context.Context) error // instead of the errors above

	reads int // how often content was read
}

func newFiles() *files {
	return &files{bodies: map[string][]byte{}, parts: map[string]map[int]int64{}}
}

// send has parts of an upload arrive; a part with the wrong size is off by that much.
func (f *files) send(uploadID string, total int64, off int64, numbers ...int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range numbers {
		f.parts[uploadID][n] = evidence.PartLength(total, n) + off
	}
}

func (f *files) StartParts(_ context.Context, key, _ string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.parts["up-"+key] = map[int]int64{}
	return "up-" + key, f.fails
}

func (f *files) GrantPart(_ context.Context, g evidence.PartGrant) (evidence.PartUpload, error) {
	if evidence.PartLength(g.Total, g.Number) == 0 {
		return evidence.PartUpload{}, apperr.Newf(apperr.Invalid, "没有第 %d 片。", g.Number).On("numbers")
	}
	url := fmt.Sprintf("http://store/%s?uploadId=%s&partNumber=%d", g.Key, g.UploadID, g.Number)
	return evidence.PartUpload{URL: url, Headers: map[string]string{"Content-Md5": g.MD5}}, f.fails
}

func (f *files) Parts(_ context.Context, _, uploadID string) ([]evidence.Part, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	have, there := f.parts[uploadID]
	if !there {
		return nil, apperr.New(evidence.FileMissing, "没有找到上传的文件。")
	}
	var parts []evidence.Part
	for _, n := range slices.Sorted(maps.Keys(have)) {
		parts = append(parts, evidence.Part{Number: n, Size: have[n]})
	}
	return parts, f.fails
}

func (f *files) Assemble(ctx context.Context, key, uploadID string, total int64) error {
	parts, err := f.Parts(ctx, key, uploadID)
	if err == nil {
		err = evidence.CheckParts(parts, total)
	}
	return err
}

func (f *files) AbortParts(_ context.Context, _, uploadID string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.parts, uploadID)
	return f.fails
}

func (f *files) upload(key string, body []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bodies[key] = body
}

func (f *files) Grant(_ context.Context, r evidence.GrantRequest) (evidence.Upload, error) {
	return evidence.Upload{URL: "http://store/bucket", Fields: map[string]string{"key": r.Key}, ExpiresAt: time.Unix(0, 0).UTC()}, f.fails
}

func (f *files) Complete(_ context.Context, key string, want evidence.Want) (evidence.Object, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	body, there := f.bodies[key]
	if !there {
		return evidence.Object{}, apperr.New(evidence.FileMissing, "没有找到上传的文件。")
	}
	if digest(body) != want.SHA256 {
		return evidence.Object{}, apperr.New(evidence.FileSHA256, "上传的文件内容与申请上传时不一致，已拒绝。")
	}
	return evidence.Object{Key: key, VersionID: "v-" + key, Size: int64(len(body)), SHA256: want.SHA256}, f.scan
}

func (f *files) DownloadURL(_ context.Context, d evidence.Download) (string, error) {
	return fmt.Sprintf("http://store/%s?versionId=%s&name=%s&type=%s&inline=%t", d.Key, d.VersionID, d.Name, d.Type, d.Inline), f.fails
}

func (f *files) Ping(ctx context.Context) error {
	if f.ping != nil {
		return f.ping(ctx)
	}
	return f.fails
}

func (f *files) PingScanner(ctx context.Context) error {
	if f.pingScanner != nil {
		return f.pingScanner(ctx)
	}
	return f.scan
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
