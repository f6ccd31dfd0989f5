package api

import (
	"context"
	"slices"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// GetMyStudy is a teacher's own page.
func (s *server) GetMyStudy(ctx context.Context, _ gen.GetMyStudyRequestObject) (gen.GetMyStudyResponseObject, error) {
	a := accessOf(ctx)
	study, err := s.study(ctx, a, a.user.ID)
	return gen.GetMyStudy200JSONResponse(study), err
}

// GetTeacherStudy is the same page for those who look after the teacher: the school, its
// superiors, and the leader of the teacher's group.
func (s *server) GetTeacherStudy(ctx context.Context, r gen.GetTeacherStudyRequestObject) (gen.GetTeacherStudyResponseObject, error) {
	a := accessOf(ctx)
	if !a.holds(overseers...) {
		if err := s.leads(ctx, a, r.UserId); err != nil {
			return nil, err
		}
	}
	study, err := s.study(ctx, a, r.UserId)
	return gen.GetTeacherStudy200JSONResponse(study), err
}

// leads checks that the caller leads the group a teacher is in.
func (s *server) leads(ctx context.Context, a *access, userID string) error {
	sheet, err := s.sheet(ctx, a.c.ID, userID)
	if err != nil {
		return err
	}
	if sheet.GroupID != "" {
		g, err := s.store.Group(ctx, a.c.ID, sheet.GroupID)
		if err != nil {
			return err
		}
		if g.LeaderID == a.user.ID {
			return nil
		}
	}
	return apperr.New(models.CodeNotLeader, "只能查看本组组员的研修情况。")
}

// sheet is everything judged of one active teacher.
func (s *server) sheet(ctx context.Context, caseID, userID string) (models.TeacherSheet, error) {
	sheets, err := s.store.TeacherSheets(ctx, caseID, models.TeacherFilter{UserIDs: []string{userID}})
	if err != nil {
		return models.TeacherSheet{}, err
	}
	if len(sheets) == 0 {
		return models.TeacherSheet{}, apperr.New(apperr.NotFound, "该教师不在本项目的在岗名册中，请学校管理员核对名册。")
	}
	return sheets[0], nil
}

func (s *server) study(ctx context.Context, a *access, userID string) (gen.Study, error) {
	sheet, err := s.sheet(ctx, a.c.ID, userID)
	if err != nil {
		return gen.Study{}, err
	}
	until, err := s.store.Reopened(ctx, a.c.ID, a.state, userID)
	if err != nil {
		return gen.Study{}, err
	}
	open := a.state.Stage == domain.StageTraining && a.state.Window != nil && s.store.Now().Before(*a.state.Window)
	if until == nil {
		until = a.state.Window
	} else {
		open = true
	}
	v := gen.Study{
		UserId: sheet.UserID, Name: sheet.Name, Hours: sheet.Readiness.Hours, Target: sheet.Readiness.Target,
		Missing: append([]string{}, sheet.Readiness.Missing()...), Review: sheet.Review, ReviewReason: sheet.ReviewReason, Grade: sheet.Grade,
		Window: at(until), Points: []gen.StudyPoint{}, Activities: []gen.StudyActivity{}, Writable: open && a.state.Paused == nil,
	}
	for _, fill := range []func(context.Context, *gen.Study, models.TeacherSheet, *models.Case) error{
		s.fillGroup, s.fillPlan, s.fillPoints, s.fillActivities,
	} {
		if err := fill(ctx, &v, sheet, a.c); err != nil {
			return v, err
		}
	}
	return v, nil
}

func (s *server) fillGroup(ctx context.Context, v *gen.Study, t models.TeacherSheet, c *models.Case) error {
	if t.GroupID == "" {
		return nil
	}
	g, err := s.store.Group(ctx, c.ID, t.GroupID)
	if err != nil {
		return err
	}
	v.Group = gen.Ref{Id: g.ID, Name: g.Name}
	return nil
}

func (s *server) fillPlan(ctx context.Context, v *gen.Study, t models.TeacherSheet, c *models.Case) error {
	plan, err := s.store.Goals(ctx, c.ID, t.UserID)
	if err != nil {
		return err
	}
	files, err := s.store.Files(ctx, c.ID, models.SlotPlan, t.UserID)
	if len(files) > 0 {
		v.Plan.File = fileRef(files[0])
	}
	v.Plan.Goals = plan.Goals
	return err
}

func (s *server) fillPoints(ctx context.Context, v *gen.Study, t models.TeacherSheet, c *models.Case) error {
	policy, err := s.store.Policy(ctx, c.PolicyDigest)
	if err != nil {
		return err
	}
	summaries, err := s.store.Files(ctx, c.ID, models.SlotSummary, t.UserID+"/")
	if err != nil {
		return err
	}
	evidence, err := s.store.Files(ctx, c.ID, models.SlotPractice, t.UserID+"/")
	if err != nil {
		return err
	}
	practices, _, err := s.store.Practices(ctx, c.ID, models.PracticeFilter{UserID: t.UserID}, models.Page{Limit: len(policy.Points.List) + 1})
	if err != nil {
		return err
	}
	for _, p := range t.Points {
		point := gen.StudyPoint{Code: p.Code, Name: pointName(policy, p.Code), Status: p.Status, StatusName: p.Status.Name(), Practice: []gen.FileRef{}}
		for _, f := range summaries {
			if f.File.SlotKey == t.UserID+"/"+p.Code {
				point.Summary = fileRef(f)
			}
		}
		for _, f := range evidence {
			if strings.HasPrefix(f.File.SlotKey, t.UserID+"/"+p.Code+"/") {
				point.Practice = append(point.Practice, *fileRef(f))
			}
		}
		for _, row := range practices {
			if row.Code == p.Code {
				point.Note = remark(row)
			}
		}
		v.Points = append(v.Points, point)
	}
	return nil
}

// remark is what the last judge of a point said.
func remark(p models.Practice) string {
	if p.GradedAt != nil {
		return p.GradeNote
	}
	return p.ReviewReason
}

func pointName(p domain.Policy, code string) string {
	if i := slices.IndexFunc(p.Points.List, func(c domain.Choice) bool { return c.Code == code }); i >= 0 {
		return p.Points.List[i].Name
	}
	return code
}

func (s *server) fillActivities(ctx context.Context, v *gen.Study, t models.TeacherSheet, c *models.Case) error {
	rows, err := s.store.ParticipationsOf(ctx, c.ID, t.UserID)
	if err != nil {
		return err
	}
	for _, p := range rows {
		v.Activities = append(v.Activities, gen.StudyActivity{
			ActivityId: p.ActivityID, Title: p.Title, Kind: p.Kind, Hours: p.Hours, JoinedAt: p.JoinedAt, CompletedAt: at(p.CompletedAt),
		})
	}
	return nil
}

// PutPersonalPlan stores the goals of the caller's 个人提升计划.
func (s *server) PutPersonalPlan(ctx context.Context, r gen.PutPersonalPlanRequestObject) (gen.PutPersonalPlanResponseObject, error) {
	a := accessOf(ctx)
	if err := s.store.PutGoals(ctx, a.c.ID, a.user.ID, r.Body.Goals); err != nil {
		return nil, err
	}
	study, err := s.study(ctx, a, a.user.ID)
	return gen.PutPersonalPlan200JSONResponse(study), err
}

// ChoosePoints replaces the caller's 应用能力点.
func (s *server) ChoosePoints(ctx context.Context, r gen.ChoosePointsRequestObject) (gen.ChoosePointsResponseObject, error) {
	a := accessOf(ctx)
	if err := s.store.ChoosePoints(ctx, a.c.ID, a.user.ID, r.Body.Points); err != nil {
		return nil, err
	}
	study, err := s.study(ctx, a, a.user.ID)
	return gen.ChoosePoints200JSONResponse(study), err
}

// SubmitPractice hands in the caller's evidence for one point.
func (s *server) SubmitPractice(ctx context.Context, r gen.SubmitPracticeRequestObject) (gen.SubmitPracticeResponseObject, error) {
	a := accessOf(ctx)
	if _, err := s.store.SubmitPractice(ctx, a.c.ID, a.user.ID, r.Code, r.Body.Note); err != nil {
		return nil, err
	}
	study, err := s.study(ctx, a, a.user.ID)
	return gen.SubmitPractice200JSONResponse(study), err
}

// ListCourseChoices lists the caller's 自主选学.
func (s *server) ListCourseChoices(ctx context.Context, _ gen.ListCourseChoicesRequestObject) (gen.ListCourseChoicesResponseObject, error) {
	list, err := s.courses(ctx, accessOf(ctx))
	return gen.ListCourseChoices200JSONResponse(list), err
}

func (s *server) courses(ctx context.Context, a *access) (gen.CourseChoiceList, error) {
	policy, err := s.store.Policy(ctx, a.c.PolicyDigest)
	if err != nil {
		return gen.CourseChoiceList{}, err
	}
	rows, err := s.store.Courses(ctx, a.c.CohortID, a.user.ID)
	list := gen.CourseChoiceList{Items: []gen.CourseChoice{}, Limit: policy.Hours.OnlineChoice}
	for _, c := range rows {
		list.Total += c.Hours
		list.Items = append(list.Items, gen.CourseChoice{Course: c.Course, Hours: c.Hours})
	}
	return list, err
}

// ChooseCourse adds a course; above the cap it is refused (004:49).
func (s *server) ChooseCourse(ctx context.Context, r gen.ChooseCourseRequestObject) (gen.ChooseCourseResponseObject, error) {
	a := accessOf(ctx)
	if err := s.store.ChooseCourse(ctx, a.c.ID, a.user.ID, r.Body.Course, r.Body.Hours); err != nil {
		return nil, err
	}
	list, err := s.courses(ctx, a)
	return gen.ChooseCourse200JSONResponse(list), err
}
