package domain

import "time"

// Calendar answers questions about working days; see package calendar. A year it does
// not know is an error with code calendar_year_missing.
type Calendar interface {
	// Due is the end of the n-th working day after from.
	Due(from time.Time, workingDays int) (time.Time, error)
	// Between counts the working days after a up to b.
	Between(a, b time.Time) (int, error)
	// Before is the instant n working days before due.
	Before(due time.Time, workingDays int) (time.Time, error)
}

// Facts is what a decision may look at besides the state: the pinned policy, the time,
// and what the rows say right now under the case's lock. The store fills the fields that
// FactsFor names for the action; the others stay zero.
type Facts struct {
	Now      time.Time
	Policy   Policy
	Calendar Calendar

	Team      []TeamMember
	Diagnosis DiagnosisFact
	Plan      PlanFact
	Window    time.Time // end of the cohort's study window
	FilingNo  string    // the 备案号 this case will carry

	FullTime   int // 专任教师 on the roster now
	GateA      GateAFact
	GateB      GateBFact
	ResultsSHA string // over the sorted teacher results

	Dossier []DossierFact
	Experts map[string]ExpertFact
	Ledger  LedgerFact
	Roster  RosterFact
	Target  Policy // that Body.Policy names

	Lapsed  map[string]bool // of those who claimed tasks: who can no longer act on them
	Holder  bool            // Body.User is an enabled holder of the addressed task's role
	Urged   map[int]int     // by visit: how often the actor urged it today
	Readers map[string]bool // of Body.Users: who may see the case
	Prior   *State          // the case before State.Last
	Begun   bool            // teachers have worked on the case since State.Last
	Listed  bool            // Body.User is an active teacher of the roster
}

// DiagnosisFact is the drafted diagnosis.
type DiagnosisFact struct {
	Environment string
	Complete    bool // the four SWOT parts are written, or the report is uploaded
}

// PlanFact is the drafted 两案 and the newest submitted revision.
type PlanFact struct {
	Missing []string // names of parts with neither text nor file
	SHA256  string   // of the whole draft
}

// GateAFact counts 过程性材料初审.
type GateAFact struct{ Passed, Teachers int }

// GateBFact counts 应用能力点测评 among 专任教师.
type GateBFact struct{ Qualified, FullTime int }

// DossierFact is the state of one of the 15 items.
type DossierFact struct {
	No         int
	Ready      bool
	UploadedAt time.Time // of the current version
}

// ExpertFact says whether a person may sit on this case's panel.
type ExpertFact struct {
	Expert     bool // holds the expert role in the school's city
	SameSchool bool // belongs, or has a role, at the school
	Enabled    bool
}

// LedgerFact sums the case's credit ledger.
type LedgerFact struct {
	Expected int   // rows that eligibility computes
	Problem  error // what Balanced says of rows against eligibility
	Years    map[int]LedgerYear
	Filed    int         // rows that the registry has or may have
	Unbooked map[int]int // by year: confirmed rows that the registry has not acknowledged
}

// LedgerYear counts the ledger rows of one year by state.
type LedgerYear struct{ Recognized, Confirmed, Registered int }

// Count sums the rows of one year, or of all years when year is 0.
func (l LedgerFact) Count(year int) LedgerYear {
	var sum LedgerYear
	for y, n := range l.Years {
		if year == 0 || y == year {
			sum.Recognized += n.Recognized
			sum.Confirmed += n.Confirmed
			sum.Registered += n.Registered
		}
	}
	return sum
}

// Missing counts the confirmed rows of one year, or of all when year is 0, that the
// registry has not acknowledged.
func (l LedgerFact) Missing(year int) int {
	sum := 0
	for y, n := range l.Unbooked {
		if year == 0 || y == year {
			sum += n
		}
	}
	return sum
}

// Rows is the number of rows in every state.
func (y LedgerYear) Rows() int { return y.Recognized + y.Confirmed + y.Registered }

// Need names a group of facts, so that a decision loads only what it looks at.
type Need int

// The groups of facts.
const (
	NeedTeam Need = 1 << iota
	NeedDiagnosis
	NeedPlan
	NeedRoster
	NeedGates
	NeedDossier
	NeedExperts
	NeedLedger
	NeedWindow
	NeedTarget
	NeedRosterChange
	NeedHolder
	NeedUrges
	NeedReaders
	NeedPrior
	NeedTeacher
)

// Has reports whether n includes m.
func (n Need) Has(m Need) bool { return n&m != 0 }
