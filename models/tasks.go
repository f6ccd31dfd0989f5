package models

import (
	"context"
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

func taskViews(db *gorm.DB) *gorm.DB {
	return db.Table("tasks").Select(taskViewColumns).Joins("JOIN cases ON cases.id = tasks.case_id")
}

// InboxFilter narrows an inbox; empty fields do not. The tasks a person submitted know
// only the cohort, the stage and the name.
type InboxFilter struct {
	CohortID string
	Stage    domain.Stage // of the case now
	Task     domain.Task
	Overdue  *bool
	Text     string // within the school's name
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

func (s *Store) tasks(ctx context.Context, where *gorm.DB, f InboxFilter, p Page, usual string) ([]TaskView, string, error) {
	o, p, err := chosen(taskOrders, p, usual)
	if err != nil {
		return nil, "", err
	}
	return paged(f.apply(taskViews(s.DB(ctx)).Where(where)), p, o.by, o.keys, "list tasks")
}

// todo is the condition for the open tasks of a person, addressed by name or to one of
// the roles.
func (s *Store) todo(ctx context.Context, userID string, grants []Grant) *gorm.DB {
	mine := s.DB(ctx).Where("tasks.user_id = ? AND tasks.status = ?", userID, TaskOpen)
	for _, g := range grants {
		mine = mine.Or("tasks.user_id = '' AND tasks.role = ? AND tasks.org_id = ? AND tasks.status = ?", g.Role, g.OrgID, TaskOpen)
	}
	return mine
}

// TodoTasks is 待办, by one of taskOrders but done, those due first leading.
func (s *Store) TodoTasks(ctx context.Context, userID string, grants []Grant, f InboxFilter, p Page) ([]TaskView, string, error) {
	if strings.TrimPrefix(p.Sort, "-") == "done" {
		return nil, "", apperr.Field("sort", "待办尚未办理，不能按办理时间排序；可按期限（due）、产生时间（since）或学校（name）排序。")
	}
	return s.tasks(ctx, s.todo(ctx, userID, grants), f, p, "due")
}

// DoneTasks is 已办: the tasks a person finished, by one of taskOrders, newest first.
func (s *Store) DoneTasks(ctx context.Context, userID string, f InboxFilter, p Page) ([]TaskView, string, error) {
	return s.tasks(ctx, s.DB(ctx).Where("tasks.done_by = ?", userID), f, p, "-done")
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

// submitted is the query for what a person asked of cases.
func (s *Store) submitted(ctx context.Context, userID string, f InboxFilter) *gorm.DB {
	f.Task, f.Overdue = "", nil // actions have neither
	return f.apply(s.DB(ctx).Table("actions").Joins("JOIN cases ON cases.id = actions.case_id").Where("actions.actor_id = ?", userID))
}

// SubmittedActions is 我提交的, by one of actionOrders, newest first.
func (s *Store) SubmittedActions(ctx context.Context, userID string, f InboxFilter, p Page) ([]ActionView, string, error) {
	o, p, err := chosen(actionOrders, p, "-since")
	if err != nil {
		return nil, "", err
	}
	q := s.submitted(ctx, userID, f).Select("actions.*, cases.school_name, cases.cohort_id, cases.stage")
	return paged(q, p, o.by, o.keys, "list submitted actions")
}
