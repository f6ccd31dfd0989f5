package models

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// TaskView is a task with what an inbox shows of its case.
type TaskView struct {
	TaskRow

	SchoolName string
	CohortID   string
	Stage      domain.Stage
}

const taskViewColumns = "tasks.*, cases.school_name, cases.cohort_id, cases.stage"

// withCases joins a person's rows to their cases, in that order: SQLite would otherwise
// go through all cases of a cohort. To MySQL a CROSS JOIN is like any other.
func withCases(q *gorm.DB, table string) *gorm.DB {
	return q.Joins("CROSS JOIN cases ON cases.id = " + table + ".case_id")
}

// InboxFilter narrows an inbox; empty fields do not. The tasks a person submitted know
// only the cohort, the stage and the name.
type InboxFilter struct {
	CohortID string
	Stage    domain.Stage // of the case now
	Task     domain.Task
	Overdue  *bool
	Text     string // within the school's name
	Others   bool   // of 待办, what colleagues have claimed instead of one's own
}

// apply narrows a query that reads cases beside tasks or actions.
func (f InboxFilter) apply(q *gorm.DB) *gorm.DB {
	if f.CohortID != "" {
		q = q.Where("cases.cohort_id = ?", f.CohortID)
	}
	if f.Stage != "" {
		q = q.Where("cases.stage = ?", f.Stage)
	}
	if f.Task != "" {
		q = q.Where("tasks.task = ?", f.Task)
	}
	if f.Overdue != nil {
		q = q.Where("tasks.overdue = ?", *f.Overdue)
	}
	if f.Text != "" {
		q = q.Where("cases.school_name LIKE ? ESCAPE '!'", contains(f.Text))
	}
	return q
}

// taskOrders are the orders of 待办 and 已办.
var taskOrders = map[string]order[TaskView]{
	"due":    {"tasks.sort_at, tasks.case_id, tasks.visit", taskDue},
	"-due":   {"tasks.sort_at DESC, tasks.case_id DESC, tasks.visit DESC", taskDue},
	"since":  {"tasks.since, tasks.case_id, tasks.visit", taskSince},
	"-since": {"tasks.since DESC, tasks.case_id DESC, tasks.visit DESC", taskSince},
	"name":   {"cases.school_name, tasks.case_id, tasks.visit", taskName},
	"-name":  {"cases.school_name DESC, tasks.case_id DESC, tasks.visit DESC", taskName},
	"done":   {"tasks.done_at, tasks.case_id, tasks.visit", taskDone},
	"-done":  {"tasks.done_at DESC, tasks.case_id DESC, tasks.visit DESC", taskDone},
}

func taskDue(t *TaskView) []any   { return []any{&t.SortAt, &t.CaseID, &t.Visit} }
func taskSince(t *TaskView) []any { return []any{&t.Since, &t.CaseID, &t.Visit} }
func taskName(t *TaskView) []any  { return []any{&t.SchoolName, &t.CaseID, &t.Visit} }
func taskDone(t *TaskView) []any  { return []any{&t.DoneAt, &t.CaseID, &t.Visit} }

// openFor is the query on the open tasks of a person, addressed by name or to one of the
// roles. An OR of the two would make MySQL read every task. What a colleague has claimed
// is left out while the colleague can act, or alone is meant when others is set; and so is
// what the person must leave to another.
func (s *Store) openFor(ctx context.Context, userID string, grants []Grant, others bool) *gorm.DB {
	const taken = "(claimed_by <> '' AND claimed_by NOT IN ? AND " + claimHolds + ")"
	parts, args := []string{"SELECT case_id, visit FROM tasks WHERE user_id = ? AND status = ?"}, []any{userID, TaskOpen}
	if others {
		parts, args = nil, nil
	}
	for _, seat := range seatsOf(grants) {
		part := "SELECT case_id, visit FROM tasks WHERE user_id = '' AND role = ? AND org_id = ? AND status = ? AND INSTR(barred, ?) = 0 AND "
		if !others {
			part += "NOT "
		}
		parts = append(parts, part+taken)
		args = append(args, seat.Role, seat.OrgID, TaskOpen, userID, selves(userID, seat, grants), false)
	}
	if len(parts) == 0 {
		parts, args = []string{"SELECT case_id, visit FROM tasks WHERE user_id = ? AND status = ''"}, []any{userID}
	}
	return s.DB(ctx).Table("("+strings.Join(parts, " UNION ALL ")+") AS mine", args...).
		Joins("CROSS JOIN tasks ON tasks.case_id = mine.case_id AND tasks.visit = mine.visit")
}

// claimHolds is true of a claim by somebody who can still act on the task.
const claimHolds = "EXISTS (SELECT 1 FROM grants JOIN users ON users.id = grants.user_id AND users.disabled = ? " +
	"WHERE grants.user_id = tasks.claimed_by AND grants.role = tasks.role AND grants.org_id = tasks.org_id)"

// selves is the user and everybody for whom the user stands in at a seat.
func selves(userID string, seat Seat, grants []Grant) []string {
	ids := []string{userID}
	for _, g := range grants {
		if g.For != "" && g.Role == seat.Role && g.OrgID == seat.OrgID {
			ids = append(ids, g.For)
		}
	}
	return ids
}

func seatsOf(grants []Grant) []Seat {
	var seats []Seat
	for _, g := range grants {
		if seat := (Seat{OrgID: g.OrgID, Role: g.Role}); !slices.Contains(seats, seat) {
			seats = append(seats, seat)
		}
	}
	return seats
}

// doneBy is the query on the tasks a person finished.
func (s *Store) doneBy(ctx context.Context, userID string) *gorm.DB {
	return s.DB(ctx).Table("tasks").Where("tasks.done_by = ?", userID)
}

// taskPage reads one page of tasks with their cases.
func taskPage(q *gorm.DB, f InboxFilter, p Page, usual string) ([]TaskView, string, error) {
	o, p, err := chosen(taskOrders, p, usual)
	if err != nil {
		return nil, "", err
	}
	return paged(f.apply(withCases(q, "tasks").Select(taskViewColumns)), p, o.by, o.keys, "list tasks")
}

// TodoTasks is 待办, by one of taskOrders but done, those due first leading.
func (s *Store) TodoTasks(ctx context.Context, userID string, grants []Grant, f InboxFilter, p Page) ([]TaskView, string, error) {
	if strings.TrimPrefix(p.Sort, "-") == "done" {
		return nil, "", apperr.Field("sort", "待办尚未办理，不能按办理时间排序；可按期限（due）、产生时间（since）或学校（name）排序。")
	}
	return taskPage(s.openFor(ctx, userID, grants, f.Others), f, p, "due")
}

// DoneTasks is 已办: the tasks a person finished, by one of taskOrders, newest first.
func (s *Store) DoneTasks(ctx context.Context, userID string, f InboxFilter, p Page) ([]TaskView, string, error) {
	return taskPage(s.doneBy(ctx, userID), f, p, "-done")
}

// CaseTasks lists every task of one case, in the order they were opened.
func (s *Store) CaseTasks(ctx context.Context, caseID string) ([]TaskRow, error) {
	var rows []TaskRow
	err := s.DB(ctx).Where("case_id = ?", caseID).Order("visit").Find(&rows).Error
	return rows, fail(err, "list tasks of case")
}

// ActionView is an action with what a list shows of its case.
type ActionView struct {
	ActionRow

	SchoolName string
	CohortID   string
	Stage      domain.Stage
}

// actionOrders are the orders of 我提交的.
var actionOrders = map[string]order[ActionView]{
	"since":  {"actions.received_at, actions.id", actionSince},
	"-since": {"actions.received_at DESC, actions.id DESC", actionSince},
	"name":   {"cases.school_name, actions.id", actionName},
	"-name":  {"cases.school_name DESC, actions.id DESC", actionName},
}

func actionSince(a *ActionView) []any { return []any{&a.ReceivedAt, &a.ID} }
func actionName(a *ActionView) []any  { return []any{&a.SchoolName, &a.ID} }

// askedBy is the query on what a person asked of cases.
func (s *Store) askedBy(ctx context.Context, userID string) *gorm.DB {
	return s.DB(ctx).Table("actions").Where("actions.actor_id = ?", userID)
}

// ofActions is the part of a filter that actions know.
func (f InboxFilter) ofActions() InboxFilter {
	f.Task, f.Overdue = "", nil
	return f
}

// SubmittedActions is 我提交的, by one of actionOrders, newest first.
func (s *Store) SubmittedActions(ctx context.Context, userID string, f InboxFilter, p Page) ([]ActionView, string, error) {
	o, p, err := chosen(actionOrders, p, "-since")
	if err != nil {
		return nil, "", err
	}
	q := withCases(s.askedBy(ctx, userID), "actions").Select("actions.*, cases.school_name, cases.cohort_id, cases.stage")
	return paged(f.ofActions().apply(q), p, o.by, o.keys, "list submitted actions")
}
