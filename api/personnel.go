package api

import (
	"context"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

var requestStatusNames = map[models.RequestStatus]string{
	models.RequestOpen: "待答复", models.RequestConsented: "已同意", models.RequestDeclined: "不同意", models.RequestWithdrawn: "已撤回",
}

func rosterRequestOf(v models.RosterRequestView) gen.RosterRequest {
	return gen.RosterRequest{
		Id: v.ID, CaseId: v.CaseID, School: v.School, UserId: v.UserID, Name: v.Name, Subject: v.Subject, FullTime: v.FullTime,
		From: v.OldStatus, To: v.NewStatus, Reason: v.Reason, Status: v.Status, StatusName: requestStatusNames[v.Status],
		AskedBy: v.Asker, AskedAt: v.AskedAt, AnsweredBy: v.Answerer, AnsweredAt: at(v.AnsweredAt), Comment: v.Comment,
	}
}

// ListRosterRequests lists what the school asked to change on its frozen roster.
func (s *server) ListRosterRequests(ctx context.Context, r gen.ListRosterRequestsRequestObject) (gen.ListRosterRequestsResponseObject, error) {
	rows, next, err := s.store.RosterRequests(ctx, accessOf(ctx).c.ID, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListRosterRequests200JSONResponse{Items: convert(rows, rosterRequestOf), Next: next}, err
}

// AskRosterChange asks the reviewer to let a frozen roster change.
func (s *server) AskRosterChange(ctx context.Context, r gen.AskRosterChangeRequestObject) (gen.AskRosterChangeResponseObject, error) {
	a, b := accessOf(ctx), r.Body
	entry := models.RosterEntry{UserID: b.UserId, Subject: b.Subject, FullTime: b.FullTime, Status: b.Status}
	row, err := s.store.AskRosterChange(ctx, a.c.ID, entry, b.Reason, a.user.ID)
	if err != nil {
		return nil, err
	}
	return gen.AskRosterChange201JSONResponse(rosterRequestOf(models.RosterRequestView{
		RosterRequest: *row, School: a.c.SchoolName, Asker: a.user.Name,
	})), nil
}

// WithdrawRosterChange takes a request back that was not answered yet.
func (s *server) WithdrawRosterChange(ctx context.Context, r gen.WithdrawRosterChangeRequestObject) (gen.WithdrawRosterChangeResponseObject, error) {
	a := accessOf(ctx)
	return gen.WithdrawRosterChange204Response{}, s.store.WithdrawRosterRequest(ctx, a.c.ID, r.RequestId, a.user.ID)
}

// ListOpenRosterRequests lists the requests of all schools that the caller reviews.
func (s *server) ListOpenRosterRequests(
	ctx context.Context, r gen.ListOpenRosterRequestsRequestObject,
) (gen.ListOpenRosterRequestsResponseObject, error) {
	p := page(r.Params.Cursor, r.Params.Limit)
	rows, next, err := s.store.RosterRequestsInScope(ctx, accessOf(ctx).scope, r.Params.Status, r.Params.Q, p)
	return gen.ListOpenRosterRequests200JSONResponse{Items: convert(rows, rosterRequestOf), Next: next}, err
}

// TransferTeacher moves a teacher between two schools that the caller both manages.
func (s *server) TransferTeacher(ctx context.Context, r gen.TransferTeacherRequestObject) (gen.TransferTeacherResponseObject, error) {
	a := accessOf(ctx)
	u, err := s.manages(ctx)
	if err != nil {
		return nil, err
	}
	to, err := s.store.OrgInScope(ctx, a.scope, r.Body.OrgId)
	if err != nil {
		return nil, err
	}
	for _, org := range []*models.Org{a.org, to} {
		if org.Level != models.LevelSchool {
			return nil, apperr.Field("org_id", "只有学校的教师可以调动，且只能调动到学校。")
		}
		if err := a.mayGive(domain.RoleTeacher, org); err != nil {
			return nil, err
		}
	}
	n, err := s.store.TransferTeacher(ctx, models.Transfer{UserID: u.ID, To: to, LeaveCase: r.Body.LeaveCase, Reason: r.Body.Reason, By: a.user.ID})
	return gen.TransferTeacher200JSONResponse{Stays: n.Stays, Leaves: n.Leaves, Asked: n.Asked}, err
}

// handoverTasks is how many tasks are shown before a role is handed over.
const handoverTasks = 50

// personal are the roles whose work is bound to the person, not to the office.
var personal = roles(domain.RoleTeacher, domain.RoleGroupLeader, domain.RoleExpert)

// officeOf is the office that a path names, if the caller may give it.
func officeOf(ctx context.Context, role domain.Role) (models.Seat, error) {
	a := accessOf(ctx)
	if slices.Contains(personal, role) {
		return models.Seat{}, apperr.Newf(apperr.Invalid, "“%s”不是可以交接的职务：教师请办理调动，组长请在教研组更换，专家由教育局更换。", role.Name()).On("role")
	}
	return models.Seat{OrgID: a.org.ID, Role: role}, a.mayGive(role, a.org)
}

func (s *server) handover(ctx context.Context, seat models.Seat) (gen.Handover, error) {
	people, err := s.store.Holders(ctx, seat.OrgID, seat.Role)
	if err != nil {
		return gen.Handover{}, err
	}
	tasks, total, err := s.store.SeatTasks(ctx, seat, handoverTasks)
	org := accessOf(ctx).org
	return gen.Handover{
		Role: seat.Role, RoleName: seat.Role.Name(), Org: gen.Ref{Id: org.ID, Name: org.Name}, Total: total,
		Holders: convert(people, func(u models.User) gen.Ref { return gen.Ref{Id: u.ID, Name: u.Name} }),
		Tasks: convert(tasks, func(t models.TaskView) gen.HandoverTask {
			return gen.HandoverTask{CaseId: t.CaseID, School: t.SchoolName, Name: t.Task.Name(), Since: t.Since, DueAt: at(t.DueAt), Overdue: t.Overdue}
		}),
	}, err
}

// ListHandover shows who holds an office and what would pass over with it.
func (s *server) ListHandover(ctx context.Context, r gen.ListHandoverRequestObject) (gen.ListHandoverResponseObject, error) {
	seat, err := officeOf(ctx, r.Role)
	if err != nil {
		return nil, err
	}
	h, err := s.handover(ctx, seat)
	return gen.ListHandover200JSONResponse(h), err
}

// HandOverRole gives an office from one person to another in one step.
func (s *server) HandOverRole(ctx context.Context, r gen.HandOverRoleRequestObject) (gen.HandOverRoleResponseObject, error) {
	a := accessOf(ctx)
	seat, err := officeOf(ctx, r.Role)
	if err != nil {
		return nil, err
	}
	if r.Body.To == a.user.ID {
		return nil, apperr.New(apperr.Forbidden, "不能把身份移交给自己，请由其他管理员办理。").On("to")
	}
	successor, err := s.store.User(ctx, r.Body.To)
	if err != nil {
		return nil, err
	}
	if _, err := s.store.OrgInScope(ctx, a.scope, successor.OrgID); err != nil {
		return nil, err
	}
	if err := s.store.HandOver(ctx, seat, r.Body.From, successor.ID); err != nil {
		return nil, err
	}
	h, err := s.handover(ctx, seat)
	return gen.HandOverRole200JSONResponse(h), err
}
