package models

import (
	"context"

	"gorm.io/gorm"

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

// TodoTasks is 待办: the open tasks of a person, addressed by name or to one of the roles,
// the longest waiting first.
func (s *Store) TodoTasks(ctx context.Context, userID string, grants []Grant, p Page) ([]TaskView, string, error) {
	mine := s.DB(ctx).Where("tasks.user_id = ?", userID)
	for _, g := range grants {
		mine = mine.Or("tasks.user_id = '' AND tasks.role = ? AND tasks.org_id = ?", g.Role, g.OrgID)
	}
	q := taskViews(s.DB(ctx)).Where(mine).Where("tasks.status = ?", TaskOpen)
	return paged(q, p, "tasks.since, tasks.case_id, tasks.visit",
		func(t *TaskView) []any { return []any{&t.Since, &t.CaseID, &t.Visit} }, "list open tasks")
}

// DoneTasks is 已办: the tasks a person finished, newest first.
func (s *Store) DoneTasks(ctx context.Context, userID string, p Page) ([]TaskView, string, error) {
	q := taskViews(s.DB(ctx)).Where("tasks.done_by = ?", userID)
	return paged(q, p, "tasks.done_at DESC, tasks.case_id DESC, tasks.visit DESC",
		func(t *TaskView) []any { return []any{&t.DoneAt, &t.CaseID, &t.Visit} }, "list finished tasks")
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
	Stage      domain.Stage
}

// SubmittedActions is 我提交的: what a person asked of cases, newest first.
func (s *Store) SubmittedActions(ctx context.Context, userID string, p Page) ([]ActionView, string, error) {
	q := s.DB(ctx).Table("actions").Select("actions.*, cases.school_name, cases.stage").
		Joins("JOIN cases ON cases.id = actions.case_id").Where("actions.actor_id = ?", userID)
	return paged(q, p, "actions.received_at DESC, actions.id DESC",
		func(a *ActionView) []any { return []any{&a.ReceivedAt, &a.ID} }, "list submitted actions")
}
