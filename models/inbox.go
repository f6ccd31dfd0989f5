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
	q := s.counted(ctx, "tasks", f).Where(s.todo(ctx, userID, grants))
	var n TodoCounts
	err := q.Select("COUNT(*) AS `open`, COALESCE(SUM(CASE WHEN tasks.overdue THEN 1 ELSE 0 END), 0) AS overdue").Scan(&n).Error
	return n, fail(err, "count open tasks")
}

// counted reads cases too when the filter looks at them.
func (s *Store) counted(ctx context.Context, table string, f InboxFilter) *gorm.DB {
	q := s.DB(ctx).Table(table)
	if f.CohortID != "" || f.Stage != "" || f.Text != "" {
		q = q.Joins("JOIN cases ON cases.id = " + table + ".case_id")
	}
	return f.apply(q)
}

// CountDone counts the tasks that DoneTasks lists.
func (s *Store) CountDone(ctx context.Context, userID string, f InboxFilter) (int, error) {
	var n int64
	err := s.counted(ctx, "tasks", f).Where("tasks.done_by = ?", userID).Count(&n).Error
	return int(n), fail(err, "count finished tasks")
}

// CountSubmitted counts the actions that SubmittedActions lists.
func (s *Store) CountSubmitted(ctx context.Context, userID string, f InboxFilter) (int, error) {
	f.Task, f.Overdue = "", nil // actions have neither
	var n int64
	err := s.counted(ctx, "actions", f).Where("actions.actor_id = ?", userID).Count(&n).Error
	return int(n), fail(err, "count submitted actions")
}
