package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/models"
)

// ListTasks is the caller's inbox: 待办, 已办 or 我提交的.
func (s *server) ListTasks(ctx context.Context, r gen.ListTasksRequestObject) (gen.ListTasksResponseObject, error) {
	a, p := accessOf(ctx), page(r.Params.Cursor, r.Params.Limit)
	switch r.Params.Box {
	case gen.TaskBoxSubmitted:
		rows, next, err := s.store.SubmittedActions(ctx, a.user.ID, p)
		return gen.ListTasks200JSONResponse{Items: convert(rows, submitted), Next: next}, err
	case gen.TaskBoxDone:
		rows, next, err := s.store.DoneTasks(ctx, a.user.ID, p)
		return gen.ListTasks200JSONResponse{Items: convert(rows, taskOf), Next: next}, err
	default:
		rows, next, err := s.store.TodoTasks(ctx, a.user.ID, a.grants, p)
		return gen.ListTasks200JSONResponse{Items: convert(rows, taskOf), Next: next}, err
	}
}

func taskOf(t models.TaskView) gen.TaskItem {
	return gen.TaskItem{
		CaseId: t.CaseID, School: t.SchoolName, Stage: t.Stage, Name: t.Task.Name(), Visit: t.Visit, Task: t.Task, Role: t.Role,
		Since: t.Since, DueAt: at(t.DueAt), Overdue: t.Overdue, Status: gen.TaskItemStatus(t.Status), DoneAt: at(t.DoneAt), Kind: string(t.DoneKind),
	}
}

func submitted(v models.ActionView) gen.TaskItem {
	return gen.TaskItem{
		CaseId: v.CaseID, School: v.SchoolName, Stage: v.Stage, Name: v.Kind.Name(), Since: v.ReceivedAt,
		Status: gen.TaskItemStatus(v.Status), DoneAt: at(v.DecidedAt), Kind: string(v.Kind), ActionId: v.ID, Message: v.Message,
	}
}

// CountTasks counts what waits for the caller.
func (s *server) CountTasks(ctx context.Context, _ gen.CountTasksRequestObject) (gen.CountTasksResponseObject, error) {
	a := accessOf(ctx)
	n, err := s.store.CountTodo(ctx, a.user.ID, a.grants)
	if err != nil {
		return nil, err
	}
	unread, err := s.store.UnreadNotices(ctx, a.user.ID)
	return gen.CountTasks200JSONResponse{Todo: n.Open, Overdue: n.Overdue, Unread: unread}, err
}

// ListNotices lists what the caller was told.
func (s *server) ListNotices(ctx context.Context, r gen.ListNoticesRequestObject) (gen.ListNoticesResponseObject, error) {
	rows, next, err := s.store.Notices(ctx, accessOf(ctx).user.ID, r.Params.Unread, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListNotices200JSONResponse{Next: next, Items: convert(rows, func(n models.Notice) gen.Notice {
		return gen.Notice{
			Id: n.ID, CaseId: n.CaseID, Kind: n.Kind, Title: n.Title, Body: n.Body, CreatedAt: n.CreatedAt, ReadAt: at(n.ReadAt),
		}
	})}, err
}

// ReadNotice marks one of the caller's notices as read; somebody else's stays untouched.
func (s *server) ReadNotice(ctx context.Context, r gen.ReadNoticeRequestObject) (gen.ReadNoticeResponseObject, error) {
	return gen.ReadNotice204Response{}, s.store.ReadNotices(ctx, accessOf(ctx).user.ID, r.NoticeId)
}

// ListAlarms lists what an operator must look at.
func (s *server) ListAlarms(ctx context.Context, _ gen.ListAlarmsRequestObject) (gen.ListAlarmsResponseObject, error) {
	rows, err := s.store.Alarms(ctx)
	return gen.ListAlarms200JSONResponse{Items: convert(rows, func(a models.Alarm) gen.Alarm {
		return gen.Alarm{
			Id: a.ID, Kind: a.Kind, CaseId: a.CaseID, WorkflowId: a.WorkflowID, RunId: a.RunID, Detail: a.Detail,
			CreatedAt: a.CreatedAt, ClearedAt: at(a.ClearedAt),
		}
	})}, err
}
