package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

func TestSchoolsRestBeforeTheOpening(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.SessionIdle = 1000 * time.Hour })
	boss, district := r.as(w.User(w.City, domain.RoleCityOffice).ID), r.as(w.User(w.District, domain.RoleDistrict).ID)
	at := "/api/v1/cohorts/" + w.Cohort.ID
	body := gen.SchoolRest{SchoolIds: []string{w.School.ID}, Status: models.SchoolDeferred, Until: w.Clock.Now().Add(24 * time.Hour), Reason: "校舍改造"}
	district.post(at+"/rests", body).refused(http.StatusForbidden, apperr.Forbidden)
	r.as(w.User(w.School, domain.RolePrincipal).ID).post(at+"/rests", body).refused(http.StatusForbidden, apperr.Forbidden)
	boss.post("/api/v1/cohorts/none/rests", body).refused(http.StatusNotFound, apperr.NotFound)
	for range 2 {
		require.Equal(t, 1, ok[gen.SchoolRestResult](boss.post(at+"/rests", body), http.StatusOK).Done)
	}
	body.Until = time.Time{}
	require.Equal(t, "until", boss.post(at+"/rests", body).refused(http.StatusUnprocessableEntity, apperr.Invalid).Field)
	list := ok[gen.CohortSchoolList](district.get(at+"/schools?status=deferred"), http.StatusOK)
	require.Len(t, list.Items, 1)
	require.Equal(t, []string{"校舍改造", w.School.Name}, []string{list.Items[0].Reason, list.Items[0].School.Name})
	require.NotEmpty(t, list.Items[0].DecidedBy)
	require.Empty(t, ok[gen.CohortSchoolList](boss.get(at+"/schools?status=due"), http.StatusOK).Items)

	w.Clock.Advance(25 * time.Hour)
	require.True(t, ok[gen.CohortSchoolList](boss.get(at+"/schools?status=due"), http.StatusOK).Items[0].Due)
	exempt := gen.SchoolRest{SchoolIds: []string{w.Foreign.ID, w.Direct.ID}, Status: models.SchoolExempt, Reason: "新建校"}
	ok[gen.SchoolRestResult](boss.post(at+"/rests", exempt), http.StatusOK)
	c := ok[gen.Cohort](boss.post(at+"/open", nil), http.StatusAccepted)
	require.Equal(t, []int{3, 0, 2, 1}, []int{c.Schools, c.Deferred, c.Exempt, c.Waiting}, "what is due is opened with the rest")
}

func TestACohortWithoutSchoolsToOpenIsNotOpened(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	boss := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	at := "/api/v1/cohorts/" + w.Cohort.ID
	all := gen.SchoolRest{SchoolIds: []string{w.School.ID, w.Foreign.ID, w.Direct.ID}, Status: models.SchoolExempt, Reason: "新建校"}
	ok[gen.SchoolRestResult](boss.post(at+"/rests", all), http.StatusOK)
	boss.post(at+"/open", nil).refused(http.StatusConflict, apperr.Conflict)
}

func TestTheSecondRound(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	boss, district := r.as(w.User(w.City, domain.RoleCityOffice).ID), r.as(w.User(w.District, domain.RoleDistrict).ID)
	at := "/api/v1/cohorts/" + w.Cohort.ID
	w.Case(w.Direct, 0)
	w.Clock.Advance(time.Hour)
	body := gen.NewSecondRound{Code: "2602", Name: "第二轮", WindowStart: w.Clock.Now(), WindowEnd: w.Clock.Now().Add(time.Hour)}
	district.get(at+"/second-round").refused(http.StatusForbidden, apperr.Forbidden)
	district.post(at+"/second-round", body).refused(http.StatusForbidden, apperr.Forbidden)
	boss.get("/api/v1/cohorts/none/second-round").refused(http.StatusNotFound, apperr.NotFound)
	seen := ok[gen.SecondRound](boss.get(at+"/second-round"), http.StatusOK)
	require.Equal(t, 2, seen.Taken)
	require.Len(t, seen.Schools, 3)
	taken := body
	taken.Code = w.Cohort.Code
	boss.post(at+"/second-round", taken).refused(http.StatusConflict, apperr.Conflict)
	wrong := body
	wrong.SchoolIds = []string{w.Direct.ID}
	require.Equal(t, "school_ids", boss.post(at+"/second-round", wrong).refused(http.StatusUnprocessableEntity, apperr.Invalid).Field)
	made := ok[gen.SecondRound](boss.post(at+"/second-round", body), http.StatusCreated)
	require.Equal(t, seen.Schools, made.Schools, "what was seen is what is done")
	body.Code = "2603"
	boss.post(at+"/second-round", body).refused(http.StatusConflict, apperr.Conflict)
	second := ok[gen.Cohort](boss.get("/api/v1/cohorts/"+made.Cohort.Id), http.StatusOK)
	require.Equal(t, w.Cohort.ID, second.Previous.Id)
	require.True(t, second.Yours)
	require.False(t, ok[gen.Cohort](district.get(at), http.StatusOK).Yours, "the city runs it")
	require.Equal(t, made.Cohort, ok[gen.Cohort](boss.get(at), http.StatusOK).SecondRounds[0])
}

func TestScheduleOfManySchools(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	boss := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	w.Org(w.District, models.LevelSchool, "440106002", "第二小学")
	body := gen.Schedule{Dry: true, Rows: []gen.ScheduleRow{
		{School: "440106002", Cohort: w.Cohort.Code}, {School: w.School.Code, Cohort: w.Cohort.Code}, {School: "x", Cohort: w.Cohort.Code},
	}}
	for _, u := range []*models.User{w.User(w.School, domain.RolePrincipal), w.User(w.City, domain.RoleAuditor)} {
		r.as(u.ID).post("/api/v1/cohort-schedule", body).refused(http.StatusForbidden, apperr.Forbidden)
	}
	for _, dry := range []bool{true, false} {
		body.Dry = dry
		got := ok[gen.ScheduleResult](boss.post("/api/v1/cohort-schedule", body), http.StatusOK)
		require.Equal(t, []int{1, 1, 1}, []int{got.Added, got.Same, got.Refused})
	}
	got := ok[gen.ScheduleResult](boss.post("/api/v1/cohort-schedule", body), http.StatusOK)
	require.Equal(t, []int{0, 2, 1}, []int{got.Added, got.Same, got.Refused})
	// To a district the city's cohort is not one to plan schools into.
	district := r.as(w.User(w.District, domain.RoleDistrict).ID)
	require.Equal(t, 3, ok[gen.ScheduleResult](district.post("/api/v1/cohort-schedule", body), http.StatusOK).Refused)
}
