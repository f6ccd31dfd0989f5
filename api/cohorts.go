package api

import (
	"context"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// ListCohorts lists the cohorts that concern the caller.
func (s *server) ListCohorts(ctx context.Context, r gen.ListCohortsRequestObject) (gen.ListCohortsResponseObject, error) {
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.Cohorts(ctx, accessOf(ctx).scope, models.CohortFilter{Status: r.Params.Status, Text: r.Params.Q}, p)
	if err != nil {
		return nil, err
	}
	views, err := s.cohortsOf(ctx, rows)
	return gen.ListCohorts200JSONResponse{Items: views, Next: next}, err
}

func (s *server) cohortsOf(ctx context.Context, rows []models.Cohort) ([]gen.Cohort, error) {
	a := accessOf(ctx)
	sizes, err := s.store.CohortSizes(ctx, a.scope, convert(rows, func(c models.Cohort) string { return c.ID }))
	if err != nil {
		return nil, err
	}
	names, err := s.store.OrgNames(ctx, convert(rows, func(c models.Cohort) string { return c.OrgID }))
	if err != nil {
		return nil, err
	}
	rounds, err := s.store.SecondRounds(ctx, convert(rows, func(c models.Cohort) string { return c.ID }))
	if err != nil {
		return nil, err
	}
	first, err := s.store.CohortNames(ctx, convert(rows, func(c models.Cohort) string { return c.PreviousID }))
	return convert(rows, func(c models.Cohort) gen.Cohort {
		return gen.Cohort{
			Id: c.ID, Code: c.Code, Name: c.Name, Programme: c.Programme, Org: gen.Ref{Id: c.OrgID, Name: names[c.OrgID]},
			PolicyDigest: c.PolicyDigest, CalendarVersion: c.CalendarVersion, WindowStart: c.WindowStart, WindowEnd: c.WindowEnd,
			OpensAt: at(c.OpensAt), Status: c.Status, Pace: c.Pace, Schools: sizes[c.ID].Schools, Started: sizes[c.ID].Started,
			Waiting: sizes[c.ID].Waiting, Deferred: sizes[c.ID].Deferred, Exempt: sizes[c.ID].Exempt,
			Yours:        a.holds(planners...) && a.scope.Covers(c.Path),
			Previous:     gen.Ref{Id: c.PreviousID, Name: first[c.PreviousID]},
			SecondRounds: convert(rounds[c.ID], func(r models.Cohort) gen.Ref { return gen.Ref{Id: r.ID, Name: r.Name} }),
		}
	}), err
}

func (s *server) cohortOf(ctx context.Context, c models.Cohort) (gen.Cohort, error) {
	views, err := s.cohortsOf(ctx, []models.Cohort{c})
	if err != nil {
		return gen.Cohort{}, err
	}
	return views[0], nil
}

// GetCohort returns one cohort with how far its opening is.
func (s *server) GetCohort(ctx context.Context, _ gen.GetCohortRequestObject) (gen.GetCohortResponseObject, error) {
	view, err := s.cohortOf(ctx, *accessOf(ctx).batch)
	return gen.GetCohort200JSONResponse(view), err
}

// CreateCohort drafts a cohort on the policy that is in force for its organisation now,
// and the newest calendar.
func (s *server) CreateCohort(ctx context.Context, r gen.CreateCohortRequestObject) (gen.CreateCohortResponseObject, error) {
	a := accessOf(ctx)
	org, err := s.store.OrgInScope(ctx, a.scope, r.Body.OrgId)
	if err != nil {
		return nil, err
	}
	now := s.store.Now()
	digest, err := s.policyInForce(ctx, r.Body.Programme, org.Path, now)
	if err != nil {
		return nil, err
	}
	version, err := s.newestCalendar(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.store.CreateCohort(ctx, models.NewCohort{
		Code: r.Body.Code, Name: r.Body.Name, Programme: r.Body.Programme, OrgID: r.Body.OrgId,
		PolicyDigest: digest, CalendarVersion: version, WindowStart: r.Body.WindowStart, WindowEnd: r.Body.WindowEnd,
		OpensAt: when(r.Body.OpensAt), Pace: r.Body.Pace, LayersAt: &now,
	}, a.user.ID)
	if err != nil {
		return nil, err
	}
	view, err := s.cohortOf(ctx, *c)
	return gen.CreateCohort201JSONResponse(view), err
}

// newestCalendar is the version cohorts are drafted on; without a stored one it is the
// built-in calendar, whose version is empty.
func (s *server) newestCalendar(ctx context.Context) (string, error) {
	row, err := s.store.NewestCalendar(ctx)
	if apperr.Is(err, apperr.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return row.Version, nil
}

// runs checks that a cohort is the caller's own to change, and not one run above that
// merely concerns them.
func (a *access) runs() (*models.Cohort, error) {
	if !a.scope.Covers(a.batch.Path) {
		return nil, apperr.New(apperr.Forbidden, "该批次由上级单位组织，您只能查看；如需调整，请联系上级单位。")
	}
	return a.batch, nil
}

// UpdateCohort changes a draft.
func (s *server) UpdateCohort(ctx context.Context, r gen.UpdateCohortRequestObject) (gen.UpdateCohortResponseObject, error) {
	a := accessOf(ctx)
	c, err := a.runs()
	if err != nil {
		return nil, err
	}
	c, err = s.store.EditCohort(ctx, c.ID, models.NewCohort{
		Code: c.Code, Name: r.Body.Name, Programme: c.Programme,
		WindowStart: r.Body.WindowStart, WindowEnd: r.Body.WindowEnd, OpensAt: when(r.Body.OpensAt), Pace: r.Body.Pace,
	}, a.user.ID)
	if err != nil {
		return nil, err
	}
	view, err := s.cohortOf(ctx, *c)
	return gen.UpdateCohort200JSONResponse(view), err
}

// ExtendCohort moves the end of the study window later, before or after the opening.
func (s *server) ExtendCohort(ctx context.Context, r gen.ExtendCohortRequestObject) (gen.ExtendCohortResponseObject, error) {
	a := accessOf(ctx)
	c, err := a.runs()
	if err != nil {
		return nil, err
	}
	if c, err = s.store.ExtendCohort(ctx, c.ID, r.Body.WindowEnd, a.user.ID); err != nil {
		return nil, err
	}
	view, err := s.cohortOf(ctx, *c)
	return gen.ExtendCohort200JSONResponse(view), err
}

// ListCohortSchools lists the schools of a cohort that the caller reaches.
func (s *server) ListCohortSchools(ctx context.Context, r gen.ListCohortSchoolsRequestObject) (gen.ListCohortSchoolsResponseObject, error) {
	a, p := accessOf(ctx), page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	now := s.store.Now()
	f := models.CohortSchoolFilter{Status: r.Params.Status, DistrictID: r.Params.DistrictId, Text: r.Params.Q}
	if f.Status == "due" {
		f.Status, f.DueBy = "", &now
	}
	rows, next, err := s.store.SchoolsOfCohort(ctx, a.scope, a.batch.ID, f, p)
	return gen.ListCohortSchools200JSONResponse{Next: next, Items: convert(rows, func(r models.CohortSchoolRow) gen.CohortSchool {
		return gen.CohortSchool{
			School: gen.Ref{Id: r.SchoolID, Name: r.SchoolName}, Code: r.SchoolCode, District: gen.Ref{Id: r.DistrictID, Name: r.DistrictName},
			Status: gen.CohortSchoolStatus(r.Status), CaseId: some(r.CaseID), OpenedAt: at(r.OpenedAt), Stage: r.Stage, StageName: r.Stage.Name(),
			Until: at(r.Until), Due: r.Due(now), Reason: r.Reason, DecidedBy: r.DecidedName, DecidedAt: at(r.DecidedAt),
		}
	})}, err
}

// AddCohortSchools plans schools into a cohort.
func (s *server) AddCohortSchools(ctx context.Context, r gen.AddCohortSchoolsRequestObject) (gen.AddCohortSchoolsResponseObject, error) {
	c, err := accessOf(ctx).runs()
	if err != nil {
		return nil, err
	}
	if err := s.store.AddSchools(ctx, c.ID, r.Body.SchoolIds); err != nil {
		return nil, err
	}
	view, err := s.cohortOf(ctx, *c)
	return gen.AddCohortSchools200JSONResponse(view), err
}

// RemoveCohortSchool takes a school out before its case is opened.
func (s *server) RemoveCohortSchool(ctx context.Context, r gen.RemoveCohortSchoolRequestObject) (gen.RemoveCohortSchoolResponseObject, error) {
	c, err := accessOf(ctx).runs()
	if err != nil {
		return nil, err
	}
	return gen.RemoveCohortSchool204Response{}, s.store.RemoveSchool(ctx, c.ID, r.SchoolId)
}

// OpenCohort sets the opening going. Asking again starts an opening that was lost, and
// opens schools that were added since.
func (s *server) OpenCohort(ctx context.Context, _ gen.OpenCohortRequestObject) (gen.OpenCohortResponseObject, error) {
	c, err := accessOf(ctx).runs()
	if err != nil {
		return nil, err
	}
	if c.Status == models.CohortClosed {
		return nil, apperr.New(apperr.Conflict, "该批次已经结束，不能再开启。")
	}
	if c.Status == models.CohortDraft && c.OpensAt != nil && c.OpensAt.After(s.store.Now()) {
		return nil, apperr.New(apperr.Conflict, "该批次最早于 "+c.OpensAt.In(china).Format(time.DateOnly)+" 开启；如需提前，请先修改批次的最早开启日。")
	}
	sizes, err := s.store.CohortSizes(ctx, accessOf(ctx).scope, []string{c.ID})
	if err != nil {
		return nil, err
	}
	switch size := sizes[c.ID]; {
	case size.Schools == 0:
		return nil, apperr.New(apperr.Conflict, "批次内还没有学校，请先加入学校再开启。")
	case size.Started == 0 && size.Waiting == 0:
		return nil, apperr.New(apperr.Conflict, "批次内的学校都在缓期或免考，没有可以立项的；请先恢复或加入学校。")
	}
	if err := s.store.PlanDue(ctx, c.ID); err != nil {
		return nil, err
	}
	if c.Status != models.CohortOpening {
		if _, err := s.store.SetCohortStatus(ctx, c.ID, c.Status, models.CohortOpening); err != nil {
			return nil, err
		}
	}
	if err := s.engine.StartCohort(ctx, c.ID); err != nil {
		return nil, s.undoOpening(ctx, c, err)
	}
	c.Status = models.CohortOpening
	view, err := s.cohortOf(ctx, *c)
	return gen.OpenCohort202JSONResponse(view), err
}

// undoOpening gives a cohort its status back when the engine could not be asked.
func (s *server) undoOpening(ctx context.Context, c *models.Cohort, cause error) error {
	if c.Status == models.CohortOpening {
		return cause
	}
	if _, err := s.store.SetCohortStatus(context.WithoutCancel(ctx), c.ID, models.CohortOpening, c.Status); err != nil {
		s.log.ErrorContext(ctx, "give cohort its status back", "cohort", c.ID, "error", err)
	}
	return cause
}
