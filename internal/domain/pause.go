package domain

import (
	"strings"
	"time"

	"zhengxiao/internal/apperr"
)

// CodePaused refuses what has to wait until the case goes on.
const CodePaused apperr.Code = "paused"

// RungResume is the timer that ends a pause with a date (缓期).
const RungResume = "resume"

// Suspension is a pause of the whole case. With Until it is a deferral (缓期) that ends by
// itself.
type Suspension struct {
	At     time.Time  `json:"at"`
	By     string     `json:"by"`
	Reason string     `json:"reason"`
	Until  *time.Time `json:"until,omitempty"`
}

// pause stops every clock of the case.
func pause(t *turn) error {
	if strings.TrimSpace(t.a.Body.Comment) == "" {
		return required("comment", "暂停的理由")
	}
	until := t.a.Body.Until
	if until != nil && !until.After(t.f.Now) {
		return apperr.Field("until", "恢复时间应晚于当前时间；不确定何时恢复可以不填。")
	}
	t.s.Paused = &Suspension{At: t.f.Now, By: t.a.Actor.UserID, Reason: t.a.Body.Comment}
	if until != nil {
		t.s.Paused.Until = new(until.UTC())
	}
	return nil
}

func resumeReady(t *turn) error {
	if t.s.Paused == nil {
		return apperr.New(apperr.Conflict, "项目没有暂停，无需恢复。")
	}
	return nil
}

// resume lets the clocks go on: every deadline moves by the working days that have passed
// meanwhile.
func resume(t *turn) error {
	rested, err := t.f.Calendar.Between(t.s.Paused.At, t.f.Now)
	if err != nil {
		return err
	}
	t.s.Paused = nil
	if err := t.later(&t.s.Objectable, rested); err != nil {
		return err
	}
	for _, w := range t.s.OpenWaits() {
		if w.Due == nil {
			continue
		}
		if err := t.prolong(&w, rested); err != nil {
			return err
		}
		t.put(w)
	}
	return nil
}

// prolong moves a deadline by working days; what is overdue stays so, its next rung moves
// as well.
func (t *turn) prolong(w *Wait, days int) error {
	if days == 0 {
		return nil
	}
	due, err := t.f.Calendar.Due(*w.Due, days)
	if err != nil {
		return err
	}
	w.Extra += days
	if !w.Fixed {
		if due, err = t.due(*w); err != nil {
			return err
		}
	}
	w.Due = &due
	if w.Task == TaskTraining {
		t.s.Window = w.Due
	}
	if !w.Overdue {
		return t.arm(w, t.deadline(w.Task))
	}
	return t.later(&w.RungAt, days)
}

// later moves a time, if there is one, by working days.
func (t *turn) later(at **time.Time, days int) error {
	if *at == nil || days == 0 {
		return nil
	}
	moved, err := t.f.Calendar.Due(**at, days)
	*at = &moved
	return err
}

// wake ends a pause whose time has come.
func wake(t *turn) error {
	if t.s.Paused == nil || t.s.Paused.Until == nil {
		return apperr.New(apperr.Stale, "项目已恢复。")
	}
	if t.f.Now.Before(*t.s.Paused.Until) {
		return apperr.New(CodeNotDue, "尚未到恢复时间。")
	}
	return resume(t)
}
