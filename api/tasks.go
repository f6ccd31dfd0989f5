package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// ListTasks is the caller's inbox: 待办, 已办 or 我提交的.
func (s *server) ListTasks(ctx context.Context, r gen.ListTasksRequestObject) (gen.ListTasksResponseObject, error) {
	a, p := accessOf(ctx), page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	f := models.InboxFilter{CohortID: r.Params.CohortId, Stage: r.Params.Stage, Task: r.Params.Task, Text: r.Params.Q, Others: r.Params.Others}
	if r.Params.Overdue {
		f.Overdue = &r.Params.Overdue
	}
	switch r.Params.Box {
	case gen.TaskBoxSubmitted:
		return s.submittedBox(ctx, a, f, p)
	case gen.TaskBoxDone:
		return s.doneBox(ctx, a, f, p)
	default:
		return s.todoBox(ctx, a, f, p)
	}
}

func (s *server) todoBox(ctx context.Context, a *access, f models.InboxFilter, p models.Page) (gen.ListTasksResponseObject, error) {
	rows, next, err := s.store.TodoTasks(ctx, a.user.ID, a.grants, f, p)
	if err != nil {
		return nil, err
	}
	n, err := s.store.CountTodo(ctx, a.user.ID, a.grants, f)
	if err != nil {
		return nil, err
	}
	names, err := s.store.UserNames(ctx, unique(convert(rows, func(t models.TaskView) string { return t.ClaimedBy })))
	days := s.newDayCounter(ctx)
	return gen.ListTasks200JSONResponse{Next: next, Total: n.Open, Items: convert(rows, func(t models.TaskView) gen.TaskItem {
		v := taskOf(t)
		v.ClaimedBy, v.Urged = names[t.ClaimedBy], t.Urged
		v.ClaimedByMe = t.ClaimedBy != "" && a.standsFor(domain.Wait{Role: t.Role, OrgID: t.OrgID}, t.ClaimedBy)
		v.WorkingDays = days.since(t.CohortID, &t.Since)
		v.DaysLeft, v.DaysOver = days.until(t.CohortID, t.DueAt), days.since(t.CohortID, t.DueAt)
		return v
	})}, err
}

func (s *server) doneBox(ctx context.Context, a *access, f models.InboxFilter, p models.Page) (gen.ListTasksResponseObject, error) {
	rows, next, err := s.store.DoneTasks(ctx, a.user.ID, f, p)
	if err != nil {
		return nil, err
	}
	n, err := s.store.CountDone(ctx, a.user.ID, f)
	return gen.ListTasks200JSONResponse{Items: convert(rows, taskOf), Next: next, Total: n}, err
}

func (s *server) submittedBox(ctx context.Context, a *access, f models.InboxFilter, p models.Page) (gen.ListTasksResponseObject, error) {
	rows, next, err := s.store.SubmittedActions(ctx, a.user.ID, f, p)
	if err != nil {
		return nil, err
	}
	n, err := s.store.CountSubmitted(ctx, a.user.ID, f)
	return gen.ListTasks200JSONResponse{Items: convert(rows, submitted), Next: next, Total: n}, err
}

func taskOf(t models.TaskView) gen.TaskItem {
	return gen.TaskItem{
		CaseId: t.CaseID, CohortId: t.CohortID, School: t.SchoolName, Stage: t.Stage, StageName: t.Stage.Name(),
		Name: t.Task.Name(), Visit: t.Visit, Task: t.Task, Role: t.Role, Since: t.Since, DueAt: at(t.DueAt), Overdue: t.Overdue,
		Status: gen.TaskItemStatus(t.Status), DoneAt: at(t.DoneAt), Kind: string(t.DoneKind),
	}
}

func submitted(v models.ActionView) gen.TaskItem {
	return gen.TaskItem{
		CaseId: v.CaseID, CohortId: v.CohortID, School: v.SchoolName, Stage: v.Stage, StageName: v.Stage.Name(),
		Name: v.Kind.Name(), Since: v.ReceivedAt, Status: gen.TaskItemStatus(v.Status), DoneAt: at(v.DecidedAt),
		Kind: string(v.Kind), ActionId: v.ID, Message: v.Message,
	}
}

// CountTasks counts what waits for the caller.
func (s *server) CountTasks(ctx context.Context, _ gen.CountTasksRequestObject) (gen.CountTasksResponseObject, error) {
	a := accessOf(ctx)
	n, err := s.store.CountTodo(ctx, a.user.ID, a.grants, models.InboxFilter{})
	if err != nil {
		return nil, err
	}
	others, err := s.store.CountTodo(ctx, a.user.ID, a.grants, models.InboxFilter{Others: true})
	if err != nil {
		return nil, err
	}
	copies, err := s.store.CountUnreadCopies(ctx, a.user.ID)
	if err != nil {
		return nil, err
	}
	unread, err := s.store.UnreadNotices(ctx, a.user.ID)
	return gen.CountTasks200JSONResponse{Todo: n.Open, Overdue: n.Overdue, Unread: unread, Copies: copies, Others: others.Open}, err
}

// ListNotices lists what the caller was told.
func (s *server) ListNotices(ctx context.Context, r gen.ListNoticesRequestObject) (gen.ListNoticesResponseObject, error) {
	rows, next, err := s.store.Notices(ctx, accessOf(ctx).user.ID, r.Params.Unread, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListNotices200JSONResponse{Next: next, Items: convert(rows, func(n models.Notice) gen.Notice {
		return gen.Notice{
			Id: n.ID, CaseId: n.CaseID, Kind: n.Kind, Title: n.Title, Body: n.Body, Link: n.Link, CreatedAt: n.CreatedAt, ReadAt: at(n.ReadAt),
		}
	})}, err
}

// ReadNotice marks one of the caller's notices as read; somebody else's stays untouched.
func (s *server) ReadNotice(ctx context.Context, r gen.ReadNoticeRequestObject) (gen.ReadNoticeResponseObject, error) {
	return gen.ReadNotice204Response{}, s.store.ReadNotices(ctx, accessOf(ctx).user.ID, r.NoticeId)
}
