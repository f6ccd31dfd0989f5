package api

import (
	"context"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// GetTeam shows the 信息化管理团队.
func (s *server) GetTeam(ctx context.Context, _ gen.GetTeamRequestObject) (gen.GetTeamResponseObject, error) {
	team, err := s.team(ctx, accessOf(ctx).c.ID)
	return gen.GetTeam200JSONResponse(team), err
}

func (s *server) team(ctx context.Context, caseID string) (gen.Team, error) {
	rows, err := s.store.Team(ctx, caseID)
	if err != nil {
		return gen.Team{}, err
	}
	names, err := s.store.UserNames(ctx, convert(rows, func(m models.TeamMember) string { return m.UserID }))
	return gen.Team{Members: convert(rows, func(m models.TeamMember) gen.TeamMember {
		return gen.TeamMember{
			UserId: m.UserID, Name: names[m.UserID], Duty: m.Duty, DutyName: m.Duty.Name(),
			Cio: m.CIO, SchoolLeader: m.SchoolLeader, Responsibility: m.Responsibility,
		}
	})}, err
}

// PutTeam replaces the drafted team.
func (s *server) PutTeam(ctx context.Context, r gen.PutTeamRequestObject) (gen.PutTeamResponseObject, error) {
	id := accessOf(ctx).c.ID
	err := s.store.PutTeam(ctx, id, convert(r.Body.Members, func(m gen.TeamMemberDraft) models.TeamMember {
		return models.TeamMember{UserID: m.UserId, Duty: m.Duty, CIO: m.Cio, SchoolLeader: m.SchoolLeader, Responsibility: m.Responsibility}
	}))
	if err != nil {
		return nil, err
	}
	team, err := s.team(ctx, id)
	return gen.PutTeam200JSONResponse(team), err
}

func diagnosisOf(d models.Diagnosis) gen.Diagnosis {
	return gen.Diagnosis{
		Environment: d.Environment, Strengths: d.Strengths, Weaknesses: d.Weaknesses,
		Opportunities: d.Opportunities, Threats: d.Threats, UpdatedAt: d.UpdatedAt,
	}
}

// GetDiagnosis shows the 诊断报告.
func (s *server) GetDiagnosis(ctx context.Context, _ gen.GetDiagnosisRequestObject) (gen.GetDiagnosisResponseObject, error) {
	d, err := s.store.Diagnosis(ctx, accessOf(ctx).c.ID)
	return gen.GetDiagnosis200JSONResponse(diagnosisOf(d)), err
}

// PutDiagnosis stores the drafted 诊断报告.
func (s *server) PutDiagnosis(ctx context.Context, r gen.PutDiagnosisRequestObject) (gen.PutDiagnosisResponseObject, error) {
	a, b := accessOf(ctx), r.Body
	err := s.store.PutDiagnosis(ctx, models.Diagnosis{
		CaseID: a.c.ID, Environment: b.Environment, Strengths: b.Strengths, Weaknesses: b.Weaknesses,
		Opportunities: b.Opportunities, Threats: b.Threats, UpdatedBy: a.user.ID,
	})
	if err != nil {
		return nil, err
	}
	d, err := s.store.Diagnosis(ctx, a.c.ID)
	return gen.PutDiagnosis200JSONResponse(diagnosisOf(d)), err
}

// GetPlan shows the drafted 两案 with the digest to submit.
func (s *server) GetPlan(ctx context.Context, _ gen.GetPlanRequestObject) (gen.GetPlanResponseObject, error) {
	plan, err := s.plan(ctx, accessOf(ctx).c)
	return gen.GetPlan200JSONResponse(plan), err
}

func (s *server) plan(ctx context.Context, c *models.Case) (gen.Plan, error) {
	draft, err := s.store.PlanDraft(ctx, c.ID)
	if err != nil {
		return gen.Plan{}, err
	}
	policy, err := s.store.Policy(ctx, c.PolicyDigest)
	if err != nil {
		return gen.Plan{}, err
	}
	v := gen.Plan{Digest: draft.SHA256, Parts: []gen.PlanPart{}, Missing: []string{}}
	for _, p := range policy.PlanParts {
		part := gen.PlanPart{Code: p.Code, Name: p.Name}
		if i := slices.IndexFunc(draft.Parts, func(d models.DraftPart) bool { return d.Code == p.Code }); i >= 0 {
			part.Text = draft.Parts[i].Text
			if f := draft.Parts[i].File; f != nil {
				part.File = &gen.FileRef{FileId: f.ID, N: f.N, Name: f.Name, Sha256: f.SHA256}
			}
		} else {
			v.Missing = append(v.Missing, p.Name)
		}
		v.Parts = append(v.Parts, part)
	}
	return v, nil
}

// PutPlanPart stores the text of one part.
func (s *server) PutPlanPart(ctx context.Context, r gen.PutPlanPartRequestObject) (gen.PutPlanPartResponseObject, error) {
	a := accessOf(ctx)
	err := s.store.PutPlanDraft(ctx, models.PlanDraft{CaseID: a.c.ID, Part: r.Part, Text: r.Body.Text, UpdatedBy: a.user.ID})
	if err != nil {
		return nil, err
	}
	plan, err := s.plan(ctx, a.c)
	return gen.PutPlanPart200JSONResponse(plan), err
}

func (s *server) revisionsOf(ctx context.Context, rows []models.PlanRevision) ([]gen.PlanRevisionSummary, error) {
	names, err := s.store.UserNames(ctx, convert(rows, func(r models.PlanRevision) string { return r.SubmittedBy }))
	return convert(rows, func(r models.PlanRevision) gen.PlanRevisionSummary {
		return gen.PlanRevisionSummary{
			Version: r.Version, Sha256: r.SHA256, Status: gen.PlanRevisionSummaryStatus(r.Status),
			SubmittedBy: names[r.SubmittedBy], SubmittedAt: r.SubmittedAt, FiledAt: at(r.FiledAt), FilingNo: r.FilingNo,
		}
	}), err
}

// ListPlanRevisions lists the submitted versions of the 两案.
func (s *server) ListPlanRevisions(ctx context.Context, _ gen.ListPlanRevisionsRequestObject) (gen.ListPlanRevisionsResponseObject, error) {
	rows, err := s.store.Revisions(ctx, accessOf(ctx).c.ID)
	if err != nil {
		return nil, err
	}
	items, err := s.revisionsOf(ctx, rows)
	return gen.ListPlanRevisions200JSONResponse{Items: items}, err
}

// GetPlanRevision shows one version, byte for byte what its digest was taken over.
func (s *server) GetPlanRevision(ctx context.Context, r gen.GetPlanRevisionRequestObject) (gen.GetPlanRevisionResponseObject, error) {
	row, err := s.store.Revision(ctx, accessOf(ctx).c.ID, r.Version)
	if err != nil {
		return nil, err
	}
	list, err := s.revisionsOf(ctx, []models.PlanRevision{*row})
	if err != nil {
		return nil, err
	}
	return gen.GetPlanRevision200JSONResponse{Summary: list[0], Body: row.Body}, nil
}

// ListFilingOpinions lists what the reviewers decided.
func (s *server) ListFilingOpinions(ctx context.Context, _ gen.ListFilingOpinionsRequestObject) (gen.ListFilingOpinionsResponseObject, error) {
	c := accessOf(ctx).c
	rows, err := s.store.Opinions(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	policy, err := s.store.Policy(ctx, c.PolicyDigest)
	if err != nil {
		return nil, err
	}
	names, err := s.store.UserNames(ctx, convert(rows, func(o models.FilingOpinion) string { return o.ActorID }))
	return gen.ListFilingOpinions200JSONResponse{Items: convert(rows, func(o models.FilingOpinion) gen.FilingOpinion {
		return gen.FilingOpinion{
			Seq: o.Seq, Revision: o.Revision, Step: o.Step, StepName: stepName(policy, o.Step),
			Actor: names[o.ActorID], Decision: o.Decision, Comment: o.Comment, At: o.At,
		}
	})}, err
}

func stepName(p domain.Policy, step int) string {
	if step < len(p.Filing.Chain) {
		return p.Filing.Chain[step]
	}
	return ""
}

func (s *server) visitsOf(ctx context.Context, rows []models.GuidanceVisit) ([]gen.GuidanceVisit, error) {
	users, err := s.store.UserNames(ctx, convert(rows, func(v models.GuidanceVisit) string { return v.VisitorID }))
	if err != nil {
		return nil, err
	}
	orgs, err := s.store.OrgNames(ctx, convert(rows, func(v models.GuidanceVisit) string { return v.OrgID }))
	return convert(rows, func(v models.GuidanceVisit) gen.GuidanceVisit {
		return gen.GuidanceVisit{
			Id: v.ID, Visitor: users[v.VisitorID], Org: orgs[v.OrgID], At: v.At, Topic: v.Topic, Content: v.Content, Advice: v.Advice,
		}
	}), err
}

// ListGuidanceVisits lists the 进校指导.
func (s *server) ListGuidanceVisits(ctx context.Context, _ gen.ListGuidanceVisitsRequestObject) (gen.ListGuidanceVisitsResponseObject, error) {
	rows, err := s.store.Visits(ctx, accessOf(ctx).c.ID)
	if err != nil {
		return nil, err
	}
	items, err := s.visitsOf(ctx, rows)
	return gen.ListGuidanceVisits200JSONResponse{Items: items}, err
}

// AddGuidanceVisit records a 进校指导 by the caller.
func (s *server) AddGuidanceVisit(ctx context.Context, r gen.AddGuidanceVisitRequestObject) (gen.AddGuidanceVisitResponseObject, error) {
	a := accessOf(ctx)
	row, err := s.store.AddVisit(ctx, models.GuidanceVisit{
		CaseID: a.c.ID, VisitorID: a.user.ID, OrgID: a.as.OrgID,
		At: r.Body.At, Topic: r.Body.Topic, Content: r.Body.Content, Advice: r.Body.Advice,
	})
	if err != nil {
		return nil, err
	}
	list, err := s.visitsOf(ctx, []models.GuidanceVisit{*row})
	if err != nil {
		return nil, err
	}
	return gen.AddGuidanceVisit201JSONResponse(list[0]), nil
}
