package models

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// DeadlineMove is a task whose due date changes; nil is no date.
type DeadlineMove struct {
	Visit int
	Task  domain.Task
	From  *time.Time
	To    *time.Time
}

// movesBetween lists the tasks open in both states whose due date differs.
func movesBetween(before, after domain.State) []DeadlineMove {
	old := map[int]domain.Wait{}
	for _, w := range before.OpenWaits() {
		old[w.Visit] = w
	}
	moves := []DeadlineMove{}
	for _, w := range after.OpenWaits() {
		if was, both := old[w.Visit]; both && !sameTime(was.Due, w.Due) {
			moves = append(moves, DeadlineMove{Visit: w.Visit, Task: w.Task, From: was.Due, To: w.Due})
		}
	}
	return moves
}

// waiting is what of an open task decides about its deadline.
type waiting struct {
	Visit int         `json:"visit"`
	Task  domain.Task `json:"task"`
	Due   *time.Time  `json:"due"`
}

// take applies the part of an event's patch that is about one task.
func (w waiting) take(patch json.RawMessage) (waiting, error) {
	if w.Due != nil {
		w.Due = new(*w.Due) // decoding writes where a pointer points to
	}
	err := json.Unmarshal(patch, &w)
	return w, err
}

// follow is the open tasks after an event.
func follow(open map[string]waiting, e Event) (map[string]waiting, error) {
	var patch struct {
		Waits map[string]json.RawMessage `json:"waits"`
	}
	err := json.Unmarshal([]byte(e.Patch), &patch)
	next := maps.Clone(open)
	for key, change := range patch.Waits {
		if string(change) == "null" {
			delete(next, key)
			continue
		}
		if next[key], err = next[key].take(change); err != nil {
			break
		}
	}
	if err != nil {
		return nil, apperr.Wrap(fmt.Errorf("decode patch %d of case %s: %w", e.Seq, e.CaseID, err), apperr.Corrupt, "该项目的办理记录无法还原，请联系系统管理员。")
	}
	return next, nil
}

// Moves tells which deadlines one event of each case has moved, by case; seqs are the
// events' numbers. It reads the patches alone, those of all cases at once.
func (s *Store) Moves(ctx context.Context, seqs map[string]int) (map[string][]DeadlineMove, error) {
	var events []Event
	err := s.DB(ctx).Select("case_id", "seq", "patch").Where("case_id IN ?", sortedKeys(seqs)).Order("case_id, seq").Find(&events).Error
	if err != nil {
		return nil, fail(err, "load patches")
	}
	moves := make(map[string][]DeadlineMove, len(seqs))
	open := map[string]waiting{}
	for i, e := range events {
		if i == 0 || events[i-1].CaseID != e.CaseID {
			open = map[string]waiting{}
		}
		if e.Seq > seqs[e.CaseID] {
			continue
		}
		before := open
		if open, err = follow(before, e); err != nil {
			return nil, err
		}
		if e.Seq == seqs[e.CaseID] {
			moves[e.CaseID] = movedDates(before, open)
		}
	}
	return moves, nil
}

func movedDates(before, after map[string]waiting) []DeadlineMove {
	moves := []DeadlineMove{}
	for key, w := range after {
		if was, both := before[key]; both && !sameTime(was.Due, w.Due) {
			moves = append(moves, DeadlineMove{Visit: w.Visit, Task: w.Task, From: was.Due, To: w.Due})
		}
	}
	slices.SortFunc(moves, func(a, b DeadlineMove) int { return a.Visit - b.Visit })
	return moves
}

// MovesOf is Moves for one event.
func (s *Store) MovesOf(ctx context.Context, caseID string, seq int) ([]DeadlineMove, error) {
	moves, err := s.Moves(ctx, map[string]int{caseID: seq})
	return moves[caseID], err
}

// Trial is what an action would do to a case.
type Trial struct {
	Case    Case
	Outcome domain.Outcome
	Moves   []DeadlineMove
}

// TryRun judges what a run would do to each case, without writing anything.
func (s *Store) TryRun(ctx context.Context, run CaseRun, cases []Case) ([]Trial, error) {
	cohort, err := s.Cohort(ctx, run.CohortID)
	if err != nil {
		return nil, err
	}
	version := cohort.CalendarVersion
	if run.Kind == RunCalendar {
		version = run.Target
	}
	days, err := s.CalendarOf(ctx, version)
	if err != nil {
		return nil, err
	}
	kind, body := run.message()
	facts := domain.Facts{Now: s.Now(), Calendar: days}
	if run.Kind == RunMigrate {
		if facts.Target, err = s.Policy(ctx, run.Target); err != nil {
			return nil, err
		}
	}
	trials := make([]Trial, len(cases))
	for i := range cases {
		action := domain.Action{ID: "trial", Kind: kind, Actor: domain.System(), Body: body, At: facts.Now}
		if trials[i], err = s.try(s.DB(ctx), cases[i], action, facts); err != nil {
			return nil, err
		}
	}
	return trials, nil
}

func (s *Store) try(tx *gorm.DB, c Case, a domain.Action, f domain.Facts) (Trial, error) {
	trial := Trial{Case: c, Moves: []DeadlineMove{}}
	before, err := c.Decode()
	if err != nil {
		return trial, err
	}
	if f.Policy, err = s.policy(tx, c.PolicyDigest); err != nil {
		return trial, err
	}
	trial.Outcome = domain.Decide(before, a, f)
	after, err := domain.Apply(before, trial.Outcome)
	if err != nil {
		return trial, err
	}
	trial.Moves = movesBetween(before, after)
	return trial, nil
}

// RunFilter chooses the cases of a cohort that a run is for; empty fields do not narrow.
type RunFilter struct {
	IDs        []string
	Stage      domain.Stage
	DistrictID string
	Digest     string // the policy they are on
	Text       string // within the school's name
}

// RunCases lists the open cases of a cohort by school.
func (s *Store) RunCases(ctx context.Context, cohortID string, f RunFilter) ([]Case, error) {
	q := s.DB(ctx).Where("cases.cohort_id = ? AND cases.stage <> ?", cohortID, domain.StageClosed)
	if f.IDs != nil {
		q = q.Where("cases.id IN ?", f.IDs)
	}
	for _, equal := range [][2]string{
		{"cases.stage", string(f.Stage)}, {"cases.district_id", f.DistrictID}, {"cases.policy_digest", f.Digest},
	} {
		if equal[1] != "" {
			q = q.Where(equal[0]+" = ?", equal[1])
		}
	}
	if f.Text != "" {
		q = q.Where("cases.school_name LIKE ? ESCAPE '!'", contains(f.Text))
	}
	var rows []Case
	err := q.Order("cases.school_name, cases.id").Find(&rows).Error
	return rows, fail(err, "list cases for run")
}
