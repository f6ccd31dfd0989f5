package drive

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
)

// fragile is a server of one case that dies at chosen moments: it cuts the connection
// before or after an action took effect. It decides nothing but the visit, which is all
// that the driver's policy rests on.
type fragile struct {
	mu      sync.Mutex
	cut     []string // what becomes of the next actions: "before", "after", "unavailable", "later", "lateEffect"
	visit   int
	effects int
	pending bool
	keys    []string
	reads   int
}

func (f *fragile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case r.URL.Path == "/api/v1/sessions":
		answer(w, http.StatusOK, gen.SessionInfo{Token: "t", Me: gen.Me{Id: "me"}})
	case strings.Contains(r.URL.Path, "/cases/c/actions/"):
		f.act(w, r)
	case strings.HasPrefix(r.URL.Path, "/api/v1/actions/"):
		if f.reads++; f.reads == 1 {
			panic(http.ErrAbortHandler)
		}
		f.effects++
		answer(w, http.StatusOK, gen.ActionStatus{ActionId: "a", Status: gen.ActionStatusStatusAccepted, Seq: 2})
	default:
		answer(w, http.StatusOK, f.view())
	}
}

func (f *fragile) view() gen.CaseView {
	return gen.CaseView{Id: "c", Actions: []gen.LegalAction{{Kind: domain.SubmitTeam, Allowed: true, Visit: f.visit}}}
}

func (f *fragile) act(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	resent := len(f.keys) > 0 && f.keys[len(f.keys)-1] == key
	f.keys = append(f.keys, key)
	var body gen.ActionRequest
	_ = json.NewDecoder(r.Body).Decode(&body)
	how := ""
	if len(f.cut) > 0 {
		how, f.cut = f.cut[0], f.cut[1:]
	}
	switch how {
	case "before":
		panic(http.ErrAbortHandler)
	case "unavailable":
		answer(w, http.StatusServiceUnavailable, gen.Problem{Status: 503, Code: "unavailable"})
		return
	case "later":
		answer(w, http.StatusAccepted, gen.ActionAccepted{ActionId: "a", Href: "/api/v1/actions/a"})
		return
	case "lateEffect": // the effect comes after the driver has looked and decided anew
		f.pending = true
		panic(http.ErrAbortHandler)
	}
	if f.pending {
		f.pending = false
		f.visit++
		f.effects++
	}
	if body.Visit != f.visit && !resent {
		answer(w, http.StatusConflict, gen.Problem{Status: 409, Code: "stale"})
		return
	}
	if body.Visit == f.visit {
		f.visit++
		f.effects++
	}
	if how == "after" {
		panic(http.ErrAbortHandler)
	}
	answer(w, http.StatusOK, gen.ActionResult{ActionId: "a", Seq: 1, Case: f.view()})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the driver notices a missing answer
}

func TestAnActionWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cut     []string
		resend  bool
		keys    int // different ones
		acks    int
		effects int
	}{
		"answered":                       {keys: 1, acks: 1, effects: 1},
		"cut before it took effect":      {cut: []string{"before"}, keys: 2, acks: 1, effects: 1},
		"cut after it took effect":       {cut: []string{"after"}, keys: 1, acks: 0, effects: 1},
		"cut twice":                      {cut: []string{"before", "after"}, keys: 2, acks: 0, effects: 1},
		"the effect comes late":          {cut: []string{"lateEffect"}, keys: 2, acks: 0, effects: 1},
		"refused as unavailable":         {cut: []string{"unavailable"}, keys: 2, acks: 1, effects: 1},
		"accepted for later, link cut":   {cut: []string{"later"}, keys: 1, acks: 1, effects: 1},
		"resend: cut before the effect":  {cut: []string{"before"}, resend: true, keys: 1, acks: 1, effects: 1},
		"resend: cut after the effect":   {cut: []string{"after"}, resend: true, keys: 1, acks: 1, effects: 1},
		"resend: refused as unavailable": {cut: []string{"unavailable"}, resend: true, keys: 1, acks: 1, effects: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fragile{cut: c.cut, visit: 7}
			server := httptest.NewServer(f)
			t.Cleanup(server.Close)
			client := New(Options{BaseURL: server.URL, Resend: c.resend, Patience: 10 * time.Second,
				Recover: func(context.Context) error { return nil }})
			_, err := client.Account("someone", "secret").Act(t.Context(), "c", domain.SubmitTeam, gen.ActionRequest{})
			require.NoError(t, err)
			different := map[string]bool{}
			for _, k := range f.keys {
				different[k] = true
			}
			require.Len(t, different, c.keys)
			require.Len(t, client.Acks(), c.acks)
			require.Equal(t, c.effects, f.effects)
		})
	}
}

func TestWithoutRecoveryAMissingAnswerIsAnError(t *testing.T) {
	t.Parallel()
	f := &fragile{cut: []string{"after"}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	_, err := New(Options{BaseURL: server.URL}).Account("someone", "secret").Act(t.Context(), "c", domain.SubmitTeam, gen.ActionRequest{})
	var silent *NoAnswerError
	require.ErrorAs(t, err, &silent)
	require.Len(t, f.keys, 1)
}
