package domain

import (
	"fmt"
	"time"

	"zhengxiao/internal/apperr"
)

// The rungs of a waiting step's one timer, in order: a reminder before the due date, the
// due date, the escalations after it. Training has a window instead of a due date.
const (
	RungRemind   = "remind"
	RungOverdue  = "overdue"
	RungEscalate = "escalate" // followed by its number from 1
	RungWindow   = "window"
)

// Refusals of timers that fired for nothing; the workflow sets the right one again.
const (
	CodeNotDue    apperr.Code = "not_due"
	CodeUnchanged apperr.Code = "unchanged"
)

// stageOf maps a task to the stage whose deadline it keeps.
var stageOf = map[Task]Stage{
	TaskTeam: StageTeam, TaskDiagnosis: StageDiagnosis, TaskPlanning: StagePlanning, TaskFiling: StageFiling,
	TaskTraining: StageTraining, TaskAssessment: StageAssessment, TaskDossier: StageDossier,
	TaskPanel: StageScoring, TaskInvitation: StageScoring, TaskScore: StageScoring,
	TaskConfirmation: StageConfirmation, TaskAppeal: StageConfirmation, TaskCreditConfirm: StageCrediting, TaskCreditRecord: StageCrediting,
}

// deadline is how long the policy lets a task wait.
func (p Policy) deadline(task Task) Deadline {
	d := p.Deadlines[stageOf[task]]
	if task == TaskAppeal {
		return Deadline{Days: p.Appeal.Days, RemindBefore: max(0, min(d.RemindBefore, p.Appeal.Days-1))}
	}
	return d
}

func (t *turn) deadline(task Task) Deadline { return t.f.Policy.deadline(task) }

// due is a task's due date by policy and calendar, and by how long the case rested.
func (t *turn) due(w Wait) (time.Time, error) {
	return t.f.Calendar.Due(w.Since, t.deadline(w.Task).Days+w.Extra)
}

// schedule works out the due date of a task that begins to wait, and its first rung.
func (t *turn) schedule(w *Wait) error {
	d := t.deadline(w.Task)
	w.Due, w.Fixed = nil, false
	switch {
	case w.Task == TaskTraining && t.s.Window != nil:
		w.Due, w.Fixed = t.s.Window, true
	case w.Task == TaskDossier && t.a.Kind == ConfirmResult && t.a.Body.Until != nil:
		w.Due, w.Fixed = t.a.Body.Until, true
	case d.Days > 0:
		due, err := t.due(*w)
		if err != nil {
			return err
		}
		w.Due = &due
	default:
		w.Rung, w.RungAt = "", nil
		return nil
	}
	return t.arm(w, d)
}

// arm sets the first rung that is still ahead: the reminder if its time has not passed,
// else the due date itself.
func (t *turn) arm(w *Wait, d Deadline) error {
	if d.RemindBefore > 0 {
		remind, err := t.f.Calendar.Before(*w.Due, d.RemindBefore)
		if err != nil {
			return err
		}
		if remind.After(t.f.Now) {
			w.Rung, w.RungAt = RungRemind, &remind
			return nil
		}
	}
	w.Rung, w.RungAt = dueRung(w.Task), w.Due
	return nil
}

func dueRung(task Task) string {
	switch task {
	case TaskTraining:
		return RungWindow
	case TaskAppeal:
		return RungFinal
	default:
		return RungOverdue
	}
}

// fireRung records that a timer came due and sets the next one. Only the rung that the
// task is really waiting for counts; a stale or early timer is refused.
func fireRung(t *turn) error {
	if t.a.Body.Rung == RungResume {
		return wake(t)
	}
	if t.s.Paused != nil {
		return apperr.New(CodePaused, "项目已暂停，提醒随之停止。")
	}
	w, ok := t.s.Waits[fmt.Sprint(t.a.Visit)]
	if !ok || w.RungAt == nil || w.Rung != t.a.Body.Rung {
		return apperr.New(apperr.Stale, "该提醒对应的待办已变化。")
	}
	if t.f.Now.Before(*w.RungAt) {
		return apperr.New(CodeNotDue, "尚未到期。")
	}
	if w.Rung == RungFinal {
		t.close(ResultFailed)
		return nil
	}
	if err := t.climb(&w); err != nil {
		return err
	}
	t.put(w)
	return nil
}

// climb moves a wait from its fired rung to the next.
func (t *turn) climb(w *Wait) error {
	d := t.deadline(w.Task)
	if w.Rung == RungRemind {
		w.Rung, w.RungAt = dueRung(w.Task), w.Due
		return nil
	}
	w.Overdue = true
	n := 0
	if w.Rung != RungOverdue {
		if _, err := fmt.Sscanf(w.Rung, RungEscalate+"%d", &n); err != nil {
			return fmt.Errorf("read rung %q: %w", w.Rung, err)
		}
	}
	if n >= len(d.Escalate) {
		w.Rung, w.RungAt = "", nil
		return nil
	}
	next, err := t.f.Calendar.Due(*w.Due, d.Escalate[n])
	if err != nil {
		return err
	}
	w.Rung, w.RungAt = fmt.Sprintf("%s%d", RungEscalate, n+1), &next
	return nil
}

// recompute works out every open deadline again after the calendar changed; the event's
// patch keeps old and new side by side.
func recompute(t *turn) error {
	changed := false
	for _, w := range t.s.OpenWaits() {
		was := w
		if w.Fixed || w.Due == nil {
			continue
		}
		due, err := t.due(w)
		if err != nil {
			return err
		}
		if due.Equal(*was.Due) {
			continue
		}
		w.Due, w.Overdue = &due, false
		if err := t.arm(&w, t.deadline(w.Task)); err != nil {
			return err
		}
		t.put(w)
		changed = true
	}
	if !changed {
		return apperr.New(CodeUnchanged, "期限没有变化。")
	}
	return nil
}

// DaysLeft is how a deadline reads on the board: working days from now to due, negative
// when over.
func DaysLeft(between func(a, b time.Time) (int, error), now, due time.Time) (int, error) {
	if now.After(due) {
		n, err := between(due, now)
		return -n, err
	}
	return between(now, due)
}
