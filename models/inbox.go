package models

import (
	"context"

	"gorm.io/gorm"
)

// TodoCounts says how much waits for a person.
type TodoCounts struct {
	Open    int
	Overdue int
}

// CountTodo counts the tasks that TodoTasks lists.
func (s *Store) CountTodo(ctx context.Context, userID string, grants []Grant, f InboxFilter) (TodoCounts, error) {
	var n TodoCounts
	err := f.counted(s.openFor(ctx, userID, grants, f.Others), "tasks").
		Select("COUNT(*) AS `open`, COALESCE(SUM(CASE WHEN tasks.overdue THEN 1 ELSE 0 END), 0) AS overdue").Scan(&n).Error
	return n, fail(err, "count open tasks")
}

// counted narrows a count, reading cases only when the filter looks at them.
func (f InboxFilter) counted(q *gorm.DB, table string) *gorm.DB {
	if f.CohortID != "" || f.Stage != "" || f.Text != "" {
		q = withCases(q, table)
	}
	return f.apply(q)
}

// CountDone counts the tasks that DoneTasks lists.
func (s *Store) CountDone(ctx context.Context, userID string, f InboxFilter) (int, error) {
	var n int64
	err := f.counted(s.doneBy(ctx, userID), "tasks").Count(&n).Error
	return int(n), fail(err, "count finished tasks")
}

// CountSubmitted counts the actions that SubmittedActions lists.
func (s *Store) CountSubmitted(ctx context.Context, userID string, f InboxFilter) (int, error) {
	var n int64
	err := f.ofActions().counted(s.askedBy(ctx, userID), "actions").Count(&n).Error
	return int(n), fail(err, "count submitted actions")
}
