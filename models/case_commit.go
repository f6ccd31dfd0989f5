package models

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// turn is an accepted action being written: the case before and after, and the
// transaction that holds its lock.
type turn struct {
	tx     *gorm.DB
	c      *Case
	a      Received
	before domain.State
	after  domain.State
	facts  domain.Facts
	at     time.Time
	again  bool // it was written before, and some of it may be left
}

// commit writes what the action changes in other tables, the tasks, the notices to send,
// the event that states all this, and the projection, and tells open pages. Inboxes come
// first: whoever the case is new to hears of it there, and of the case itself right after.
func (t *turn) commit(out domain.Outcome) error {
	if err := t.syncVisits(); err != nil {
		return err
	}
	if effect, ok := effects[t.a.Kind]; ok {
		if err := effect(t); err != nil {
			return err
		}
	}
	if err := t.syncTasks(); err != nil {
		return err
	}
	if err := t.c.Project(t.after, t.at); err != nil {
		return err
	}
	event, err := t.append(out)
	if err != nil {
		return err
	}
	t.c.HeadHash = event.Hash
	if err := unstated(t.tx).Save(t.c).Error; err != nil { // the event says it all
		return fmt.Errorf("save case: %w", err)
	}
	return tellCase(t.tx, FeedCase, t.c)
}

// append writes the event, with what became of the rows that were written before it.
func (t *turn) append(out domain.Outcome) (Event, error) {
	event, err := t.event(out)
	if err != nil {
		return event, err
	}
	left := trailOf(t.tx)
	if left != nil {
		stated, err := left.touched.decided().stated(t.tx)
		if err != nil {
			return event, err
		}
		if text := stated.encode(); text != "" {
			event.Stated = &text
		}
		left.events++
	}
	event.seal(t.c.HeadHash)
	if left != nil {
		left.store.sign(&event)
	}
	if err := t.tx.Create(&event).Error; err != nil {
		return event, fmt.Errorf("append event: %w", err)
	}
	return event, nil
}

func (t *turn) event(out domain.Outcome) (Event, error) {
	body, err := json.Marshal(t.a.Body)
	if err != nil {
		return Event{}, fmt.Errorf("encode body: %w", err)
	}
	e := Event{
		CaseID: t.c.ID, Seq: out.Seq, ActionID: out.ActionID, Kind: out.Kind,
		ActorID: t.a.Actor.UserID, ActorRole: t.a.Actor.Role, ActorOrg: t.a.Actor.OrgID, OnBehalf: t.behalf(),
		At: out.At, Body: string(body), Patch: string(out.Patch),
		StageBefore: t.before.Stage, StageAfter: t.after.Stage, Round: t.after.Round,
	}
	return e, nil
}

// behalf is for whom the actor stood in, on the task that the action answers if it does.
func (t *turn) behalf() string {
	w, _ := t.before.Wait(t.a.Visit)
	return t.a.Actor.Behalf(w)
}

// syncTasks makes the inbox rows follow the open waits.
func (t *turn) syncTasks() error {
	for key, w := range t.before.Waits {
		if _, still := t.after.Waits[key]; still {
			continue
		}
		if err := t.endTask(w); err != nil {
			return err
		}
	}
	for _, w := range t.after.OpenWaits() {
		was, known := t.before.Waits[fmt.Sprint(w.Visit)]
		if !known {
			if err := t.startTask(shown(t.after, w)); err != nil {
				return err
			}
			continue
		}
		if err := t.moveTask(shown(t.before, was), shown(t.after, w)); err != nil {
			return err
		}
	}
	return nil
}

// endTask closes a task: done by whoever acted on it, cancelled when the case moved on
// without it.
func (t *turn) endTask(w domain.Wait) error {
	change := map[string]any{"status": TaskCancelled}
	if w.Visit == t.a.Visit || t.answers(w) {
		change = map[string]any{"status": TaskDone, "done_by": t.a.Actor.UserID, "done_at": t.at, "done_kind": t.a.Kind}
	}
	err := t.tx.Model(&TaskRow{}).Where("case_id = ? AND visit = ?", t.c.ID, w.Visit).Updates(change).Error
	if err != nil {
		return fmt.Errorf("end task: %w", err)
	}
	return t.tellInbox(w)
}

// tellInbox tells those who a task waits for that their inbox has changed.
func (t *turn) tellInbox(w domain.Wait) error {
	row := FeedRow{Topic: FeedTasks, CaseID: t.c.ID, UserID: w.UserID}
	if w.UserID == "" {
		row.Role, row.OrgID = w.Role, w.OrgID
	}
	return tell(t.tx, row)
}

// answers reports whether the action fulfils a task without naming its visit: assigning
// a panel answers the request for one.
func (t *turn) answers(w domain.Wait) bool {
	return t.a.Kind == domain.AssignPanel && w.Task == domain.TaskPanel
}

func (t *turn) startTask(w domain.Wait) error {
	row := TaskRow{
		CaseID: t.c.ID, Visit: w.Visit, Task: w.Task, Role: w.Role, OrgID: w.OrgID, UserID: w.UserID,
		Path: t.c.Path, Since: w.Since, DueAt: w.Due, Overdue: w.Overdue, Status: TaskOpen, ClaimedBy: w.Claimed, Urged: w.Urged,
		Barred: strings.Join(w.Barred, ","),
	}
	if err := t.tx.Create(&row).Error; err != nil {
		return fmt.Errorf("open task: %w", err)
	}
	if err := t.tellInbox(w); err != nil {
		return err
	}
	return t.notify(w, NoticeTask)
}

// moveTask follows a changed deadline, claim or urging and tells who is waited for.
func (t *turn) moveTask(was, w domain.Wait) error {
	if was.Rung == w.Rung && sameTime(was.Due, w.Due) && was.Overdue == w.Overdue && was.Claimed == w.Claimed && was.Urged == w.Urged &&
		slices.Equal(was.Barred, w.Barred) {
		return nil
	}
	rang := t.a.Kind == domain.SystemRung && t.a.Visit == w.Visit
	change := map[string]any{
		"due_at": w.Due, "sort_at": sortAt(w.Due), "overdue": w.Overdue, "claimed_by": w.Claimed, "urged": w.Urged,
		"barred": strings.Join(w.Barred, ","),
	}
	if rang {
		change["reminded"] = gorm.Expr("reminded + 1")
	}
	err := t.tx.Model(&TaskRow{}).Where("case_id = ? AND visit = ?", t.c.ID, w.Visit).Updates(change).Error
	if err != nil {
		return fmt.Errorf("move task: %w", err)
	}
	if err := t.tellInbox(w); err != nil {
		return err
	}
	switch {
	case rang:
		if err := t.notify(w, was.Rung); err != nil {
			return err
		}
		return t.escalate(w, was.Rung)
	case t.a.Kind == domain.Extend && t.a.Visit == w.Visit:
		return t.notify(w, NoticeExtended)
	case t.a.Kind == domain.HandOver && t.a.Visit == w.Visit:
		p := NoticePayload{Visit: w.Visit, Task: w.Task, Role: w.Role, OrgID: w.OrgID, UserID: w.Claimed, Reason: NoticeHanded}
		return t.inform(p, "handed")
	}
	return nil
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}
