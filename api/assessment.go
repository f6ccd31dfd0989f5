package api

import (
	"context"
	"errors"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// sheetsPage cuts a page out of a case's teachers and finds their groups' names.
func (s *server) sheetsPage(
	ctx context.Context, caseID string, f models.TeacherFilter, p models.Page,
) (sheets []models.TeacherSheet, groupNames map[string]string, next string, err error) {
	sheets, err = s.store.TeacherSheets(ctx, caseID, f)
	if err != nil {
		return nil, nil, "", err
	}
	sheets, next, err = part(sheets, p, func(t models.TeacherSheet) string { return t.UserID })
	if err != nil {
		return nil, nil, "", err
	}
	groups, err := s.store.Groups(ctx, caseID)
	names := map[string]string{}
	for _, g := range groups {
		names[g.ID] = g.Name
	}
	return sheets, names, next, err
}

// ListInitialReviews is the 初审 list (003:405).
func (s *server) ListInitialReviews(ctx context.Context, r gen.ListInitialReviewsRequestObject) (gen.ListInitialReviewsResponseObject, error) {
	f := models.TeacherFilter{
		RosterFilter: models.RosterFilter{Text: r.Params.Q, GroupID: r.Params.GroupId}, Review: r.Params.Result,
	}
	rows, groups, next, err := s.sheetsPage(ctx, accessOf(ctx).c.ID, f, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListInitialReviews200JSONResponse{Next: next, Items: convert(rows, func(t models.TeacherSheet) gen.InitialReviewRow {
		ready := t.Readiness
		return gen.InitialReviewRow{
			UserId: t.UserID, Name: t.Name, IdNumber: t.IDNumberMask, Group: groups[t.GroupID], Plan: ready.Plan,
			Hours: ready.Hours, Target: ready.Target, Summaries: ready.Summaries, Points: ready.Points, PointsMin: ready.PointsMin,
			Complete: ready.Ready(), Missing: append([]string{}, ready.Missing()...), Result: t.Review, Reason: t.ReviewReason,
		}
	})}, err
}

// SetInitialReviews marks teachers one by one: what is refused is listed with its reason
// and keeps nobody else from being marked.
func (s *server) SetInitialReviews(ctx context.Context, r gen.SetInitialReviewsRequestObject) (gen.SetInitialReviewsResponseObject, error) {
	a := accessOf(ctx)
	out := gen.SetInitialReviews200JSONResponse{Refused: []gen.RefusedMark{}}
	for _, id := range unique(r.Body.UserIds) {
		err := s.store.PutReview(ctx, a.c.ID, id, r.Body.Result, r.Body.Reason, a.user.ID)
		switch {
		case err == nil:
			out.Done++
		case ofTeacher(err):
			out.Refused = append(out.Refused, gen.RefusedMark{UserId: id, Code: string(apperr.CodeOf(err)), Reason: apperr.MessageOf(err)})
		default:
			return nil, err
		}
	}
	facts, err := s.store.FactsFor(ctx, a.c.ID, domain.NeedGates, domain.Actor{})
	if err != nil {
		return nil, err
	}
	out.Gates = *gates(facts)
	return out, nil
}

// ofTeacher tells a refusal of one teacher from one that concerns them all.
func ofTeacher(err error) bool {
	e, ok := errors.AsType[*apperr.Error](err)
	return ok && (e.Code == domain.CodeReviewNotReady || e.Code == models.CodeNotMember)
}

// ListPractice is the queue of 应用能力点测评. Teachers see it when they are in the team
// that grades, or lead a group; then only the group's.
func (s *server) ListPractice(ctx context.Context, r gen.ListPracticeRequestObject) (gen.ListPracticeResponseObject, error) {
	a := accessOf(ctx)
	f := models.PracticeFilter{GroupID: r.Params.GroupId, Status: r.Params.Status}
	if err := s.mayListPractice(ctx, a, f.GroupID); err != nil {
		return nil, err
	}
	rows, next, err := s.store.Practices(ctx, a.c.ID, f, page(r.Params.Cursor, r.Params.Limit))
	if err != nil {
		return nil, err
	}
	names, err := s.store.UserNames(ctx, convert(rows, func(p models.Practice) string { return p.UserID }))
	return gen.ListPractice200JSONResponse{Next: next, Items: convert(rows, func(p models.Practice) gen.PracticeRow {
		return gen.PracticeRow{
			UserId: p.UserID, Name: names[p.UserID], Code: p.Code, Status: p.Status, StatusName: p.Status.Name(), Note: p.Note,
			SubmittedAt: p.SubmittedAt, GroupReason: p.ReviewReason, GradeNote: p.GradeNote,
		}
	})}, err
}

func (s *server) mayListPractice(ctx context.Context, a *access, groupID string) error {
	if a.holds(overseers...) {
		return nil
	}
	member, err := s.inTeam(ctx, a)
	if err != nil || member {
		return err
	}
	if groupID == "" {
		return apperr.Field("group_id", "请选择您负责的教研组。")
	}
	g, err := s.store.Group(ctx, a.c.ID, groupID)
	if err != nil {
		return err
	}
	if g.LeaderID != a.user.ID {
		return apperr.Newf(models.CodeNotLeader, "只有“%s”的组长可以查看，请联系组长。", g.Name)
	}
	return nil
}

// inTeam reports whether the caller is in the school's 信息化管理团队.
func (s *server) inTeam(ctx context.Context, a *access) (bool, error) {
	team, err := s.store.Team(ctx, a.c.ID)
	return slices.ContainsFunc(team, func(m models.TeamMember) bool { return m.UserID == a.user.ID }), err
}

// ReviewPractice is the 教研组's step.
func (s *server) ReviewPractice(ctx context.Context, r gen.ReviewPracticeRequestObject) (gen.ReviewPracticeResponseObject, error) {
	a := accessOf(ctx)
	_, err := s.store.ReviewPractice(ctx, a.c.ID, r.UserId, r.Code, a.user.ID, r.Body.Approve, r.Body.Reason)
	return gen.ReviewPractice204Response{}, err
}

// GradePractice is the team's step.
func (s *server) GradePractice(ctx context.Context, r gen.GradePracticeRequestObject) (gen.GradePracticeResponseObject, error) {
	a := accessOf(ctx)
	if !r.Body.Qualified && r.Body.Note == "" {
		return nil, apperr.Field("note", "评为不合格须写明原因，以便教师改进。")
	}
	_, err := s.store.GradePractice(ctx, a.c.ID, r.UserId, r.Code, a.user.ID, r.Body.Qualified, r.Body.Note)
	return gen.GradePractice204Response{}, err
}

// ListPracticeRegister is the 教师应用能力点测评结果登记表.
func (s *server) ListPracticeRegister(ctx context.Context, r gen.ListPracticeRegisterRequestObject) (gen.ListPracticeRegisterResponseObject, error) {
	f := models.TeacherFilter{RosterFilter: models.RosterFilter{GroupID: r.Params.GroupId}}
	rows, groups, next, err := s.sheetsPage(ctx, accessOf(ctx).c.ID, f, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListPracticeRegister200JSONResponse{Next: next, Items: convert(rows, func(t models.TeacherSheet) gen.RegisterRow {
		return gen.RegisterRow{
			UserId: t.UserID, Name: t.Name, Group: groups[t.GroupID], FullTime: t.FullTime, Grade: t.Grade,
			Points: convert(t.Points, func(p models.PointView) gen.RegisterPoint {
				return gen.RegisterPoint{Code: p.Code, Status: p.Status, StatusName: p.Status.Name()}
			}),
		}
	})}, err
}
