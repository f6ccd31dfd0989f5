package drive

import (
	"context"
	"fmt"
	"net/http"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// School is a school with its people. CaseID is empty until its cohort is opened.
type School struct {
	ID, Name, Code   string
	Unit             *Unit
	Admin            *Session // 学校管理员
	Principal        *Session // 校长
	Teachers         []*Teacher
	CaseID, CohortID string

	c           *Client
	principalID string
	adminID     string
	enrolled    bool // roster and groups came in from sheets
	groups      []*group
	policy      *domain.Policy
}

// Teacher is one teacher of a school.
type Teacher struct {
	*Session

	ID, Name string
}

// group is one 教研组, led by the first of its members.
type group struct {
	id      string
	members []*Teacher
}

func (g *group) leader() *Teacher { return g.members[0] }

// NewSchool adds a school by hand: the system administrator makes the school, the security
// administrator its two heads,
// the school's own administrator the teachers.
func (u *Unit) NewSchool(ctx context.Context, code, name string, teachers int) (*School, error) {
	org, err := u.city.newOrg(ctx, gen.NewOrg{ParentId: u.ID, Level: models.LevelSchool, Code: code, Name: name})
	if err != nil {
		return nil, err
	}
	c, admin := u.city.c, u.city.Security
	s := &School{ID: org.Id, Name: name, Code: code, Unit: u, c: c}
	if s.Principal, s.principalID, err = c.hire(ctx, admin, s.ID, "principal-"+code, name+"校长", domain.RolePrincipal); err != nil {
		return nil, err
	}
	if s.Admin, s.adminID, err = c.hire(ctx, admin, s.ID, "admin-"+code, name+"管理员", domain.RoleSchoolAdmin); err != nil {
		return nil, err
	}
	for i := range teachers {
		t := &Teacher{Name: teacherName(i)}
		if t.Session, t.ID, err = c.hire(ctx, s.Admin, s.ID, s.login(i), t.Name, domain.RoleTeacher); err != nil {
			return nil, err
		}
		s.Teachers = append(s.Teachers, t)
	}
	return s, nil
}

func teacherName(i int) string { return fmt.Sprintf("教师%03d", i+1) }

// login is that of one of the school's teachers.
func (s *School) login(i int) string { return fmt.Sprintf("t%03d-%s", i+1, s.Code) }

// path is a path below the school's case.
func (s *School) path(format string, args ...any) string {
	return "/api/v1/cases/" + s.CaseID + fmt.Sprintf(format, args...)
}

// act is Act on the school's case without an answer to look at.
func (s *School) act(ctx context.Context, who *Session, kind domain.Kind, body gen.ActionRequest) error {
	_, err := who.Act(ctx, s.CaseID, kind, body)
	return err
}

// rules is the policy that the case was opened under.
func (s *School) rules(ctx context.Context) (domain.Policy, error) {
	if s.policy != nil {
		return *s.policy, nil
	}
	view, err := s.Admin.Case(ctx, s.CaseID)
	if err != nil {
		return domain.Policy{}, err
	}
	doc, err := get[gen.PolicyDocument](ctx, s.Admin, "/api/v1/policies/"+view.PolicyDigest, nil)
	if err != nil {
		return domain.Policy{}, err
	}
	s.policy = &doc.Value
	return doc.Value, nil
}

// Guide records a 进校指导 by the reviewing office.
func (s *School) Guide(ctx context.Context, visit gen.NewGuidanceVisit) error {
	return put(ctx, s.Unit.Office, http.MethodPost, s.path("/guidance-visits"), visit)
}

// Reviewer is the role that reviews this school.
func (s *School) Reviewer() domain.Role {
	if s.Unit.ID == s.Unit.city.ID {
		return domain.RoleCityOffice
	}
	return domain.RoleDistrict
}
