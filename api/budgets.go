package api

import (
	"math"
	"net/http"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/throttle"
	"zhengxiao/models"
)

// budget is a kind of request of which a person may make only so many.
type budget string

// The budgets. What has none of its own draws on general only.
const (
	ofGeneral   budget = "general"   // per account
	ofAddresses budget = "addresses" // per address, before anybody has signed in
	ofGuesses   budget = "guesses"   // failed logins per address, whosever accounts they try
	ofNotices   budget = "notices"   // of providers that are not believed, per address: each may cost looking for keys
	ofProofs    budget = "proofs"    // passwords and codes that somebody signed in enters
	ofPeople    budget = "people"    // lists of people and of what is found by their names
	ofNumbers   budget = "numbers"   // whole numbers of people, looked at or looked up by: nobody goes through all there are
	ofExports   budget = "exports"   // workbooks and papers
	ofUploads   budget = "uploads"   // grants and judgements of files
)

// rates are several times what a person with a browser needs. Whole schools share an
// address: what counts there are requests beyond reason and logins that fail.
var rates = map[budget]throttle.Rate{
	ofGeneral:   {Every: 20 * time.Millisecond, Burst: 1500},
	ofAddresses: {Every: 2 * time.Millisecond, Burst: 6000},
	ofGuesses:   {Every: 5 * time.Second, Burst: 60},
	ofNotices:   {Every: time.Second, Burst: 60},
	ofProofs:    {Every: 30 * time.Second, Burst: 10},
	ofPeople:    {Every: 200 * time.Millisecond, Burst: 300},
	ofNumbers:   {Every: 10 * time.Second, Burst: 60},
	ofExports:   {Every: 3 * time.Second, Burst: 60},
	ofUploads:   {Every: 50 * time.Millisecond, Burst: 600},
}

// How many workbooks and papers are made at a time: each costs a connection to the
// database and a processor.
const (
	exportsEach = 2
	exportsAll  = 8
)

// budgets say which operations draw on which budget besides general. An export of any list
// (format=xlsx) draws on exports.
var budgets = map[string]budget{
	"changePassword": ofProofs, "proveSession": ofProofs, "confirmSecondFactor": ofProofs,

	"listAcknowledgements": ofPeople, "listUsers": ofPeople,
	"search": ofPeople, "listCasePeople": ofPeople, "listDelegates": ofPeople, "listExpertCandidates": ofPeople,
	"listContacts": ofPeople, "listOrgContacts": ofPeople, "listRoster": ofPeople, "listHandover": ofPeople, "countAudience": ofPeople,

	"findPerson": ofNumbers, "revealUser": ofNumbers, "revealContact": ofNumbers,

	"exportProgress": ofExports, "exportNotStarted": ofExports, "exportSummary": ofExports, "exportTurnaround": ofExports,
	"exportBlockerGroups": ofExports, "exportCaseAudit": ofExports, "exportImportErrors": ofExports, "getPaper": ofExports,
	"getImportTemplate": ofExports, "exportMyData": ofExports,

	"grantUpload": ofUploads, "startUpload": ofUploads, "grantParts": ofUploads, "completeUpload": ofUploads, "startImport": ofUploads,
}

// meters measure requests against the budgets.
type meters struct {
	now      func() time.Time
	buckets  map[budget]*throttle.Buckets
	exportBy *throttle.Slots
}

// newMeters makes them; factor widens every budget, below zero there are none.
func newMeters(now func() time.Time, factor float64) *meters {
	m := &meters{now: now, buckets: map[budget]*throttle.Buckets{}, exportBy: throttle.NewSlots(0, 0)}
	for name, r := range rates {
		if factor < 0 {
			r = throttle.Rate{}
		} else {
			r.Burst = max(1, int(float64(r.Burst)*factor))
			r.Every = time.Duration(float64(r.Every) / factor)
		}
		m.buckets[name] = throttle.New(r)
	}
	if factor >= 0 {
		m.exportBy = throttle.NewSlots(exportsEach, exportsAll)
	}
	return m
}

// take draws on a budget, or says until when it is used up.
func (m *meters) take(b budget, key string) error {
	return spent(m.buckets[b].Take(key, m.now()))
}

func spent(wait time.Duration, ok bool) error {
	if ok {
		return nil
	}
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	return &tooManyError{seconds, apperr.Newf(codeTooMany, "操作过于频繁，为保护系统已暂停受理。请在 %d 秒后重试。", seconds)}
}

// tooManyError is a refusal that ends by itself.
type tooManyError struct {
	seconds int
	cause   *apperr.Error
}

func (e *tooManyError) Error() string { return e.cause.Error() }

// Unwrap makes it the *apperr.Error that it is.
func (e *tooManyError) Unwrap() error { return e.cause }

// byAddress bounds what one address asks for, before anything costs the database a
// question. Probes and this machine itself are not counted: behind a proxy that is not
// named in TrustedProxies everybody would be this machine.
func (s *server) byAddress(c *gin.Context) {
	if ip, counted := address(c); counted {
		if err := s.meters.take(ofAddresses, ip); err != nil {
			writeProblem(c, err)
			return
		}
	}
	c.Next()
}

// address is the key of the client's address, and whether requests from there are counted.
func address(c *gin.Context) (string, bool) {
	ip := c.ClientIP()
	a, err := netip.ParseAddr(ip)
	return throttle.Address(ip), err != nil || !a.IsLoopback()
}

// byAccount bounds what one account asks for.
func (s *server) byAccount(c *gin.Context) {
	op, ok := operationOf(c)
	a := accessOf(c.Request.Context())
	if !ok || a == nil {
		c.Next()
		return
	}
	draws := []budget{ofGeneral}
	if own := budgetOf(c, op); own != "" {
		draws = append(draws, own)
	}
	for _, b := range draws {
		if err := s.meters.take(b, a.user.ID); err != nil {
			writeProblem(c, err)
			return
		}
	}
	if draws[len(draws)-1] == ofExports {
		free, ok := s.meters.exportBy.Take(a.user.ID)
		if !ok {
			writeProblem(c, errBusyExports)
			return
		}
		defer free()
	}
	c.Next()
}

func budgetOf(c *gin.Context, op operation) budget {
	if c.Query("format") == "xlsx" {
		return ofExports
	}
	return budgets[op.id()]
}

var errBusyExports = &tooManyError{5, apperr.New(codeTooMany, "正在导出的人太多，或您的上一次导出还没有完成。请稍候几秒后重试。")}

// guessable are the operations that believe who is not signed in, by the budget of those
// that fail.
var guessable = map[string]budget{"login": ofGuesses, "completeSso": ofGuesses, "backchannelLogout": ofNotices}

// guessing refuses to believe anybody from an address where too many tries have failed, and
// counts those that fail. Who is asked for a code gave the right password; the lock of the
// account counts wrong codes.
func (s *server) guessing(c *gin.Context) {
	var tries budget
	if op, ok := operationOf(c); ok { // pages are none
		tries = guessable[op.id()]
	}
	ip, counted := address(c)
	if !counted || tries == "" {
		c.Next()
		return
	}
	if err := spent(s.meters.buckets[tries].Peek(ip, s.meters.now())); err != nil {
		writeProblem(c, err)
		return
	}
	c.Next()
	if c.GetString(codeKey) == string(models.CodeSecondFactor) {
		return
	}
	switch c.Writer.Status() {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusTooManyRequests:
		_ = s.meters.take(tries, ip)
	}
}
