package domain

import (
	"strings"
	"time"

	"zhengxiao/internal/apperr"
)

// Refusals of 申请复核.
const (
	CodeAppealUsed   apperr.Code = "appeal_used"
	CodeAppealOver   apperr.Code = "appeal_over"
	CodeNoAppealable apperr.Code = "nothing_to_appeal"
)

// RungFinal is the end of the time to object: the result is final then.
const RungFinal = "final"

// Objection is a school's 申请复核 against a result that is not a pass. There is one a case;
// Pending until the bureau has confirmed a result again.
type Objection struct {
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	Verdict Verdict   `json:"verdict"` // objected to
	Pending bool      `json:"pending,omitempty"`
}

// appealable reports whether the school may still object to what is confirmed next.
func (t *turn) appealable() bool { return t.f.Policy.Appeal.Days > 0 && t.s.Appeal == nil }

// fail leaves the school its time to object before the result is final.
func (t *turn) fail() error {
	if strings.TrimSpace(t.a.Body.Comment) == "" {
		return required("comment", "不通过的理由")
	}
	if !t.appealable() {
		t.close(ResultFailed)
		return nil
	}
	t.finish(TaskConfirmation, "")
	return t.open(TaskAppeal, RolePrincipal, t.s.SchoolID, "")
}

// objectable leaves the school its time to object to a rectification.
func (t *turn) objectable() error {
	if !t.appealable() {
		return nil
	}
	last, err := t.f.Calendar.Due(t.f.Now, t.f.Policy.Appeal.Days)
	t.s.Objectable = &last
	return err
}

func appealReady(t *turn) error {
	if t.s.Appeal != nil {
		return apperr.New(CodeAppealUsed, "该项目已申请过复核，每个项目只能申请一次。")
	}
	if t.f.Policy.Appeal.Days == 0 && t.s.Objectable == nil {
		return apperr.New(CodeNoAppealable, "本批次的考核方案没有设复核期，结果确认后即为最终结果。")
	}
	if t.s.Stage == StageConfirmation {
		if _, ok := t.s.wait(TaskAppeal, ""); !ok {
			return apperr.New(CodeNoAppealable, "考核结果尚未确认，确认为整改或不通过之后才能申请复核。")
		}
		return nil
	}
	if t.s.Objectable == nil {
		return apperr.New(CodeNoAppealable, "目前没有可以申请复核的结果。")
	}
	if t.f.Now.After(*t.s.Objectable) {
		return apperr.Newf(CodeAppealOver, "复核期为结果确认后 %d 个工作日，已经结束，请按整改要求办理。", t.f.Policy.Appeal.Days)
	}
	return nil
}

// appeal asks the bureau to confirm once more, with the school's reasons before it.
func appeal(t *turn) error {
	reason := strings.TrimSpace(t.a.Body.Comment)
	if reason == "" {
		return required("comment", "申请复核的理由")
	}
	t.s.Objectable = nil
	t.s.Appeal = &Objection{At: t.f.Now, By: t.a.Actor.UserID, Reason: reason, Verdict: t.s.Verdict, Pending: true}
	if t.s.Stage == StageConfirmation {
		t.finish(TaskAppeal, "")
	} else {
		t.enter(StageConfirmation)
	}
	return t.open(TaskConfirmation, RoleBureau, t.s.SuperiorID, "")
}

func acceptResult(t *turn) error {
	t.close(ResultFailed)
	return nil
}

// heard ends a pending appeal once the bureau has decided, and tells whether there was one
// against that same verdict.
func (t *turn) heard() bool {
	if t.s.Appeal == nil || !t.s.Appeal.Pending {
		return false
	}
	o := *t.s.Appeal
	o.Pending = false
	t.s.Appeal = &o
	return o.Verdict == t.a.Body.Verdict
}
