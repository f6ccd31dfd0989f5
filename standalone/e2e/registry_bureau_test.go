package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"

	"zhengxiao/internal/registry/push"
)

// office is a registry of hours with books of its own. It fails in every way on its agenda,
// one a request, and behaves afterwards.
type office struct {
	mu      sync.Mutex
	agenda  []string
	seen    map[string]bool
	lines   map[string]officeLine     // what was ever handed in, by number
	told    map[string]map[string]any // what was decided, by number
	decided []map[string]any          // in order, for receipts
}

type officeLine struct {
	No       string `json:"no"`
	Reverses string `json:"reverses"`
	IDNumber string `json:"id_number"`
	Year     int    `json:"year"`
	Hours    string `json:"hours"`
}

func newOffice(agenda ...string) *office {
	return &office{agenda: agenda, seen: map[string]bool{}, lines: map[string]officeLine{}, told: map[string]map[string]any{}}
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	signed := body
	if r.Method == http.MethodGet {
		signed = []byte(r.URL.RequestURI())
	}
	want := push.Signature(officeSecret, r.Header.Get(push.HeaderTimestamp), r.Header.Get(push.HeaderKey), signed)
	if err != nil || r.Header.Get(push.HeaderSignature) != want {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodGet {
		o.receipts(w, r)
		return
	}
	var sent struct {
		Records []officeLine `json:"records"`
	}
	if json.Unmarshal(body, &sent) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	fault := o.next()
	if fault == "hang" { // whoever asks gives up; nothing is booked
		<-r.Context().Done()
		return
	}
	o.answer(w, fault, sent.Records)
}

const officeSecret = "s3cret"

// next is what goes wrong now, "" for nothing.
func (o *office) next() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.agenda) == 0 {
		return ""
	}
	fault := o.agenda[0]
	o.agenda = o.agenda[1:]
	o.seen[fault] = true
	return fault
}

func (o *office) answer(w http.ResponseWriter, fault string, lines []officeLine) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if fault == "fault" { // before anything is booked
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	for _, l := range lines {
		o.lines[l.No] = l
	}
	if fault == "late" { // taken, and decided another day
		w.WriteHeader(http.StatusAccepted)
		return
	}
	var results []map[string]any
	for i, l := range lines {
		results = append(results, o.decide(l, fault == "refuse" && i == 0))
	}
	switch fault {
	case "lost": // booked, and the answer does not arrive
		panic(http.ErrAbortHandler)
	case "busy": // booked, and the answer is another one's
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case "torn":
		_, _ = io.WriteString(w, `{"results":[{"no":"`)
		return
	case "partial":
		results = results[:1]
	case "duplicate":
		results = append(results, results...)
	case "contradict":
		first := lines[0].No
		results = append(results, map[string]any{"no": first, "status": "refused", "reason": "查无此人"})
	case "strange":
		results = append(results, map[string]any{"no": "ZX2026-NOBODYS", "status": "acknowledged", "hours": "1", "receipt": "R"}, map[string]any{"no": 7})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"results": results})
}

// decide books a line, once.
func (o *office) decide(l officeLine, refuse bool) map[string]any {
	if known := o.told[l.No]; known != nil {
		return known
	}
	answer := map[string]any{"no": l.No, "status": "acknowledged", "hours": l.Hours, "receipt": "R-" + l.No}
	if refuse {
		answer = map[string]any{"no": l.No, "status": "refused", "reason": "姓名与身份证号不符"}
	}
	o.told[l.No] = answer
	o.decided = append(o.decided, answer)
	return answer
}

// decideAll comes to a decision about what was taken before.
func (o *office) decideAll() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range o.lines {
		o.decide(l, false)
	}
}

// receipts are pages of seven.
func (o *office) receipts(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	from, _ := strconv.Atoi(r.URL.Query().Get("after"))
	from = min(max(from, 0), len(o.decided))
	to := min(from+7, len(o.decided))
	page := map[string]any{"results": o.decided[from:to]}
	if to > from {
		page["next"] = strconv.Itoa(to)
	}
	_ = json.NewEncoder(w).Encode(page)
}

// books are the hours by person and year: each line counts once, however often it came.
func (o *office) books() map[string]float64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	sum := map[string]float64{}
	for no, answer := range o.told {
		if answer["status"] == "acknowledged" {
			hours, _ := strconv.ParseFloat(o.lines[no].Hours, 64)
			sum[o.lines[no].IDNumber+" "+strconv.Itoa(o.lines[no].Year)] += hours
		}
	}
	return sum
}

// failed reports that everything on the agenda has happened.
func (o *office) failed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.agenda) == 0
}
