package domain

import (
	"time"

	"zhengxiao/internal/apperr"
)

// Refusals of 收回.
const (
	CodeNothingToTakeBack apperr.Code = "nothing_to_take_back"
	CodeNotYours          apperr.Code = "not_yours"
	CodeBegun             apperr.Code = "begun"
)

// Decision is what can be taken back: by whoever made it, until the next person acts.
type Decision struct {
	Seq  int       `json:"seq"` // its event
	Kind Kind      `json:"kind"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// decided remembers a decision that can be taken back. Any other step ends that; what
// happens beside the stages does not.
func (t *turn) decided(r rule) {
	switch {
	case r.trait.has(undoable) && !t.s.Closed() && t.s.Job == "":
		t.s.Last = &Decision{Seq: t.s.Seq + 1, Kind: t.a.Kind, By: t.a.Actor.UserID, At: t.f.Now}
	case !r.trait.has(aside):
		t.s.Last = nil
	}
}

func takeBackReady(t *turn) error {
	last := t.s.Last
	switch {
	case last == nil:
		return apperr.New(CodeNothingToTakeBack, "没有可以收回的决定：该决定之后已有人办理，或已经生效；如需纠正，请退回、重开或联系上级。")
	case !t.a.Actor.Is(last.By):
		return apperr.New(CodeNotYours, "最近的决定不是您作出的，只能由作出决定的人收回。")
	case t.f.Begun:
		return apperr.New(CodeBegun, "备案之后学校已开始研修，不能收回。")
	case t.f.Prior == nil:
		return apperr.New(apperr.Corrupt, "找不到决定之前的状态，不能收回；请联系系统管理员核对全程记录。")
	}
	return nil
}

// takeBack puts the case back to where it was before the decision. Tasks that the
// decision had ended wait anew under visit numbers of their own, with the time they had.
func takeBack(t *turn) error {
	now := t.s
	t.s = clone(*t.f.Prior)
	t.s.Seq, t.s.Visits, t.s.Last = now.Seq, now.Visits, nil
	for _, w := range t.f.Prior.OpenWaits() {
		if still, open := now.Wait(w.Visit); open {
			t.put(still)
			continue
		}
		if err := t.reopen(w); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) reopen(w Wait) error {
	t.done(w.Visit)
	t.s.Visits++
	if t.s.Entered == w.Visit {
		t.s.Entered = t.s.Visits
	}
	w.Visit = t.s.Visits
	if w.Due != nil {
		if err := t.rearm(&w); err != nil {
			return err
		}
	}
	t.put(w)
	return nil
}

// rearm works out the deadline of a task that waits again.
func (t *turn) rearm(w *Wait) error {
	if !w.Fixed {
		due, err := t.due(*w)
		if err != nil {
			return err
		}
		w.Due = &due
	}
	w.Overdue = false
	return t.arm(w, t.deadline(w.Task))
}
