package domain

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// State is all that a case's own machine remembers. It is what the workflow carries, and
// byte for byte what the projection stores. Everything that can be counted from rows
// (hours, files, reviews) is not here: it enters decisions as Facts.
type State struct {
	CaseID   string `json:"case_id"`
	SchoolID string `json:"school_id"`
	// SuperiorID is the organisation above the school: its district, or the city for a
	// 局属 school, whose reviewer is then the 市工程办 (002:61).
	SuperiorID string `json:"superior_id"`
	Direct     bool   `json:"direct,omitempty"`

	Stage   Stage   `json:"stage"`
	Seq     int     `json:"seq"`               // events accepted so far
	Visits  int     `json:"visits"`            // visit numbers handed out so far
	Entered int     `json:"entered"`           // the visit number of the current stage
	Round   int     `json:"round,omitempty"`   // rectification rounds begun
	Result  Result  `json:"result,omitempty"`  // set when closed
	Verdict Verdict `json:"verdict,omitempty"` // the bureau's last

	Revision    int        `json:"revision,omitempty"`     // newest submitted 两案
	Filed       int        `json:"filed,omitempty"`        // revision in force
	FilingNo    string     `json:"filing_no,omitempty"`    // 备案号
	ChainPos    int        `json:"chain_pos,omitempty"`    // review steps of the current filing already passed
	ChainBy     []string   `json:"chain_by,omitempty"`     // who passed each of them
	Return      *Return    `json:"return,omitempty"`       // set while a returned step is being mended
	Window      *time.Time `json:"window,omitempty"`       // the study window's end, from training on
	RectifiedAt *time.Time `json:"rectified_at,omitempty"` // when the current rectification round began
	Rectify     []Reason   `json:"rectify,omitempty"`      // what the current round must mend
	Objectable  *time.Time `json:"objectable,omitempty"`   // until when the school may object to the rectification
	Score       *Score     `json:"score,omitempty"`        // mean of the submitted scores, once scoring closed
	Teachers    int        `json:"teachers,omitempty"`     // 专任教师 frozen at filing
	Results     string     `json:"results,omitempty"`      // sha256 of the sorted teacher results at assessment

	Paused *Suspension `json:"paused,omitempty"` // set while everything rests
	Appeal *Objection  `json:"appeal,omitempty"` // the school's one 申请复核
	Last   *Decision   `json:"last,omitempty"`   // what can be taken back until the next person acts

	Waits map[string]Wait   `json:"waits,omitempty"` // open tasks by visit number
	Panel map[string]Member `json:"panel,omitempty"` // experts by user id
	Job   Job               `json:"job,omitempty"`   // background work the workflow must be running
}

// Return remembers who sent a case back, so that resubmitting goes straight to them.
type Return struct {
	Stage    Stage  `json:"stage"`               // the stage that returned it
	ChainPos int    `json:"chain_pos,omitempty"` // the review step within filing
	By       string `json:"by"`                  // user id of the returner
	Via      Stage  `json:"via,omitempty"`       // the stage whose mending was interrupted by a further return
}

// Wait is one open task: somebody is expected to do something by a date.
type Wait struct {
	Visit   int        `json:"visit"`
	Task    Task       `json:"task"`
	Role    Role       `json:"role"`
	OrgID   string     `json:"org_id"`
	UserID  string     `json:"user_id,omitempty"` // only this person, e.g. an expert
	Since   time.Time  `json:"since"`
	Due     *time.Time `json:"due,omitempty"`
	Fixed   bool       `json:"fixed,omitempty"`   // Due was set by a person, not by policy and calendar
	Rung    string     `json:"rung,omitempty"`    // the next timer: remind, overdue, escalate1…, window
	RungAt  *time.Time `json:"rung_at,omitempty"` // when it fires
	Overdue bool       `json:"overdue,omitempty"`
	Extra   int        `json:"extra,omitempty"`   // working days added to the policy's, for pauses
	Claimed string     `json:"claimed,omitempty"` // who of the office has taken it (认领)
	Urged   int        `json:"urged,omitempty"`   // times it was urged (催办)
	Barred  []string   `json:"barred,omitempty"`  // who of the office must leave it to another, having done the step before
}

// Task names what is waited for.
type Task string

// The tasks.
const (
	TaskTeam          Task = "team"
	TaskDiagnosis     Task = "diagnosis"
	TaskPlanning      Task = "planning"
	TaskFiling        Task = "filing"
	TaskTraining      Task = "training"
	TaskAssessment    Task = "assessment"
	TaskDossier       Task = "dossier"
	TaskPanel         Task = "panel"      // assign the experts
	TaskInvitation    Task = "invitation" // accept and declare, or decline
	TaskScore         Task = "score"      // one expert's score
	TaskConfirmation  Task = "confirmation"
	TaskAppeal        Task = "appeal" // object to the result, or accept it
	TaskCreditConfirm Task = "credit_confirm"
	TaskCreditRecord  Task = "credit_register"
)

var taskNames = map[Task]string{
	TaskTeam: "提交信息化管理团队", TaskDiagnosis: "提交诊断评估", TaskPlanning: "编制并提交两案", TaskFiling: "审核两案",
	TaskTraining: "组织校本研修", TaskAssessment: "组织校本应用考核", TaskDossier: "准备验收材料并自评",
	TaskPanel: "安排考核专家", TaskInvitation: "答复考核邀请", TaskScore: "专家打分",
	TaskConfirmation: "确认考核结果", TaskAppeal: "认可结果或申请复核", TaskCreditConfirm: "审核确认学时", TaskCreditRecord: "登记学时",
}

// Name is what users see.
func (t Task) Name() string { return taskNames[t] }

// Job is work that runs beside the mailbox and reports back with a system action.
type Job string

// JobCredit recognises the hours of every eligible teacher.
const JobCredit Job = "credit"

// Member is one expert of the panel.
type Member struct {
	Status MemberStatus `json:"status"`
	Total  Score        `json:"total,omitempty"`
	Note   string       `json:"note,omitempty"` // why declined, or the conflict
}

// MemberStatus is where an expert stands with one case.
type MemberStatus string

// The member statuses. Materials open only from MemberReady on.
const (
	MemberInvited    MemberStatus = "invited"
	MemberAccepted   MemberStatus = "accepted" // agreed, has yet to declare conflicts
	MemberReady      MemberStatus = "ready"    // declared no conflict
	MemberScored     MemberStatus = "scored"
	MemberDeclined   MemberStatus = "declined"
	MemberConflicted MemberStatus = "conflicted"
	MemberDismissed  MemberStatus = "dismissed" // replaced, or silent when scoring closed
)

// Active reports whether the member still counts towards the panel.
func (m Member) Active() bool {
	switch m.Status {
	case MemberInvited, MemberAccepted, MemberReady, MemberScored:
		return true
	}
	return false
}

// Closed reports whether the case has ended.
func (s State) Closed() bool { return s.Stage == StageClosed }

// Reviewer is the role that reviews this school: 区工程办, or 市工程办 for a 局属 school.
func (s State) Reviewer() Role {
	if s.Direct {
		return RoleCityOffice
	}
	return RoleDistrict
}

// OpenWaits returns the open tasks in the order they were opened.
func (s State) OpenWaits() []Wait {
	waits := make([]Wait, 0, len(s.Waits))
	for _, w := range s.Waits {
		waits = append(waits, w)
	}
	slices.SortFunc(waits, func(a, b Wait) int { return a.Visit - b.Visit })
	return waits
}

// Main is the wait the stuck board shows: the oldest open task of the current stage, or
// the oldest of all when the stage itself waits on nobody.
func (s State) Main() (Wait, bool) {
	waits := s.OpenWaits()
	for _, w := range waits {
		if w.Visit >= s.Entered {
			return w, true
		}
	}
	if len(waits) > 0 {
		return waits[0], true
	}
	return Wait{}, false
}

// NextRung returns the wait whose timer fires first. A paused case has no timer but the
// one that ends its pause, on no task.
func (s State) NextRung() (Wait, bool) {
	if s.Paused != nil {
		return Wait{Rung: RungResume, RungAt: s.Paused.Until}, s.Paused.Until != nil
	}
	var next Wait
	found := false
	for _, w := range s.OpenWaits() {
		if w.RungAt == nil {
			continue
		}
		if !found || w.RungAt.Before(*next.RungAt) {
			next, found = w, true
		}
	}
	return next, found
}

// Waiting finds the open task of a kind.
func (s State) Waiting(task Task) (Wait, bool) { return s.wait(task, "") }

// Wait finds an open task by its visit number.
func (s State) Wait(visit int) (Wait, bool) {
	w, ok := s.Waits[strconv.Itoa(visit)]
	return w, ok
}

// Experts returns the user ids of the panel, sorted.
func (s State) Experts() []string {
	ids := make([]string, 0, len(s.Panel))
	for id := range s.Panel {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, strings.Compare)
	return ids
}

// wait finds the open task of that kind, for one person if user is not empty.
func (s State) wait(task Task, user string) (Wait, bool) {
	for _, w := range s.OpenWaits() {
		if w.Task == task && (user == "" || w.UserID == user) {
			return w, true
		}
	}
	return Wait{}, false
}
