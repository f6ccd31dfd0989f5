package domain

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"zhengxiao/internal/apperr"
)

// turn is one decision under way: the state being changed, the action and the facts.
type turn struct {
	s State
	a Action
	f Facts

	entered bool // the stage was entered in this turn and its own visit number is still free
}

// Decide judges one action. It never fails: whatever is wrong becomes a refusal with a
// stable code and a message for the actor. It is called once per action, under the
// case's row lock.
func Decide(s State, a Action, f Facts) Outcome {
	out := Outcome{ActionID: a.ID, Kind: a.Kind, At: f.Now}
	t := &turn{s: clone(s), a: a, f: f}
	if err := t.run(); err != nil {
		out.Code, out.Message, out.Field = apperr.CodeOf(err), apperr.MessageOf(err), apperr.FieldOf(err)
		return out
	}
	t.s.Seq++
	out.Seq = t.s.Seq
	out.Patch = diff(s, t.s)
	return out
}

func (t *turn) run() error {
	r, ok := rules[t.a.Kind]
	if !ok {
		return apperr.Newf(apperr.Invalid, "不认识的操作 %q。", t.a.Kind).On("kind")
	}
	if t.s.Closed() {
		return apperr.New(apperr.CaseClosed, "该项目已办结，不能再操作；如需查看，请打开全程记录。")
	}
	if err := r.allows(t.s, t.a); err != nil {
		return err
	}
	if err := r.stands(t.s); err != nil {
		return err
	}
	if err := r.fresh(t); err != nil {
		return err
	}
	if r.ready != nil {
		if err := r.ready(t); err != nil {
			return err
		}
	}
	if err := r.apply(t); err != nil {
		return err
	}
	t.decided(r)
	return nil
}

// fresh refuses an actor who has not seen the task, or stage, as it is now.
func (r rule) fresh(t *turn) error {
	if r.by == bySystem {
		return nil
	}
	want, ok := r.expected(t.s, t.a)
	if !ok && !r.trait.has(aimed) {
		return apperr.Newf(apperr.Conflict, "“%s”对应的待办已办理或已取消，请刷新后查看。", r.name)
	}
	if !ok || t.a.Visit != want {
		return apperr.New(apperr.Stale, "页面内容已过期：该环节已有新的变化，请刷新后再操作。").On("visit")
	}
	if r.task == "" {
		return nil
	}
	return t.unclaimed(t.s.Waits[strconv.Itoa(want)])
}

// stands refuses what the case's stage, or a pause, does not allow.
func (r rule) stands(s State) error {
	if s.Paused != nil && !r.trait.has(paused) {
		return apperr.Newf(CodePaused, "项目已暂停（%s），恢复后才能%s；可请暂停的单位恢复。", s.Paused.Reason, r.name)
	}
	return r.inStage(s)
}

func (r rule) inStage(s State) error {
	if slices.Contains(r.from, s.Stage) {
		return nil
	}
	when := r.from[0].Name()
	if len(r.from) > 1 {
		when += "至" + r.from[len(r.from)-1].Name()
	}
	return apperr.Newf(apperr.WrongStage, "项目当前处于“%s”，“%s”只能在“%s”环节进行。", s.Stage.Name(), r.name, when)
}

// expected is the visit number the actor must have seen. The second result is false when
// the task that the action answers is not open for this actor.
func (r rule) expected(s State, a Action) (int, bool) {
	if r.trait.has(aimed) {
		_, ok := s.Waits[strconv.Itoa(a.Visit)]
		return a.Visit, ok
	}
	if r.task == "" {
		return s.Entered, true
	}
	user := ""
	if r.by == byExpert {
		user = a.Actor.UserID
	}
	w, ok := s.wait(r.task, user)
	return w.Visit, ok
}

// Apply folds an outcome into a state. It never judges; refusals change nothing, and an
// outcome that does not follow the state is an error, never applied twice.
func Apply(s State, o Outcome) (State, error) {
	if !o.Accepted() {
		return s, nil
	}
	if o.Seq != s.Seq+1 {
		return s, apperr.Newf(apperr.Corrupt, "outcome %s has seq %d, the state is at %d", o.ActionID, o.Seq, s.Seq)
	}
	doc, err := json.Marshal(s)
	if err != nil {
		return s, fmt.Errorf("encode state: %w", err)
	}
	merged, err := jsonpatch.MergePatch(doc, o.Patch)
	if err != nil {
		return s, fmt.Errorf("apply outcome %s: %w", o.ActionID, err)
	}
	var next State
	if err := json.Unmarshal(merged, &next); err != nil {
		return s, fmt.Errorf("decode state after %s: %w", o.ActionID, err)
	}
	return next, nil
}

// diff is the merge patch from a to b. Both are our own types: failing to encode them is
// a programming error.
func diff(a, b State) json.RawMessage {
	before, errA := json.Marshal(a)
	after, errB := json.Marshal(b)
	patch, errC := jsonpatch.CreateMergePatch(before, after)
	if err := errors.Join(errA, errB, errC); err != nil {
		panic(fmt.Sprintf("diff states: %v", err))
	}
	return patch
}

// clone copies what rules may change in place.
func clone(s State) State {
	s.Waits = maps.Clone(s.Waits)
	s.Panel = maps.Clone(s.Panel)
	return s
}

// enter moves the case to a stage and gives the stage a visit number. Open tasks of the
// stage left behind are closed; the panel's own tasks go on.
func (t *turn) enter(stage Stage) {
	for _, w := range t.s.OpenWaits() {
		if !parallel(w.Task) {
			t.done(w.Visit)
		}
	}
	t.s.Stage = stage
	t.s.Visits++
	t.s.Entered = t.s.Visits
	t.entered = true
}

// parallel tasks belong to preparing the panel, beside the stages.
func parallel(task Task) bool { return task == TaskPanel || task == TaskInvitation }

// open adds a task. The first task of a stage carries the stage's own visit number.
func (t *turn) open(task Task, role Role, org, user string) error {
	visit := t.s.Entered
	if t.entered && !parallel(task) {
		t.entered = false
	} else {
		t.s.Visits++
		visit = t.s.Visits
	}
	w := Wait{Visit: visit, Task: task, Role: role, OrgID: org, UserID: user, Since: t.f.Now}
	if task == TaskFiling {
		w.Barred = t.barred()
	}
	if err := t.schedule(&w); err != nil {
		return err
	}
	t.put(w)
	return nil
}

func (t *turn) put(w Wait) {
	if t.s.Waits == nil {
		t.s.Waits = map[string]Wait{}
	}
	t.s.Waits[strconv.Itoa(w.Visit)] = w
}

func (t *turn) done(visit int) { delete(t.s.Waits, strconv.Itoa(visit)) }

// finish closes the open task of that kind, of one person if user is given.
func (t *turn) finish(task Task, user string) {
	if w, ok := t.s.wait(task, user); ok {
		t.done(w.Visit)
	}
}

// close ends the case.
func (t *turn) close(result Result) {
	t.enter(StageClosed)
	t.s.Waits = nil
	t.s.Job = ""
	t.s.Return = nil
	t.s.Result = result
}

// Open is a case's first outcome: applied to the zero State it asks the school to form
// its team.
func Open(actionID, caseID, schoolID, superiorID string, direct bool, f Facts) (Outcome, error) {
	t := &turn{f: f, s: State{CaseID: caseID, SchoolID: schoolID, SuperiorID: superiorID, Direct: direct}}
	if err := t.toTeam(); err != nil {
		return Outcome{}, err
	}
	t.s.Seq = 1
	return Outcome{ActionID: actionID, Kind: SystemOpen, Seq: 1, At: f.Now, Patch: diff(State{}, t.s)}, nil
}

// required is the refusal of an empty field that the user must fill.
func required(field, what string) error {
	return apperr.Field(field, "请填写"+what+"。")
}

// Snapshot is the opening outcome that leads from the zero State straight to s, the state
// at event 1: how a case is told whose opening event was lost.
func Snapshot(actionID string, s State) Outcome {
	out := Outcome{ActionID: actionID, Kind: SystemOpen, Seq: 1, Patch: diff(State{}, s)}
	for _, w := range s.OpenWaits() {
		out.At = w.Since
	}
	return out
}
