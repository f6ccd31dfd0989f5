package testkit

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/models"
)

// World is a small city: two districts with a school each, a 局属 school of the city, the
// offices above them, and an open cohort on the base policy of 2.0.
type World struct {
	T     *testing.T
	Store *models.Store
	Clock *Clock

	City, District, Sibling *models.Org
	School, Foreign, Direct *models.Org // of District, of Sibling, of City
	Policy                  domain.Policy
	Cohort                  *models.Cohort

	users int
}

// NewWorld builds the organisations and the cohort. The study window ends 100 days after
// the clock's time.
func NewWorld(t *testing.T, s *models.Store, c *Clock) *World {
	t.Helper()
	w := &World{T: t, Store: s, Clock: c}
	w.City = w.Org(nil, models.LevelCity, "4401", "广州市")
	w.District = w.Org(w.City, models.LevelDistrict, "440106", "天河区")
	w.Sibling = w.Org(w.City, models.LevelDistrict, "440104", "越秀区")
	w.School = w.Org(w.District, models.LevelSchool, "440106001", "天河区第一小学")
	w.Foreign = w.Org(w.Sibling, models.LevelSchool, "440104001", "越秀区第一小学")
	w.Direct = w.Org(w.City, models.LevelSchool, "440100001", "市直属第一中学")
	w.Cohort = w.cohort()
	return w
}

// Org adds an organisation below parent.
func (w *World) Org(parent *models.Org, level models.Level, code, name string) *models.Org {
	w.T.Helper()
	n := models.NewOrg{Level: level, Code: code, Name: name}
	if parent != nil {
		n.ParentID = parent.ID
	}
	o, err := w.Store.CreateOrg(w.T.Context(), n)
	require.NoError(w.T, err)
	return o
}

func (w *World) cohort() *models.Cohort {
	w.T.Helper()
	ctx := w.T.Context()
	body, err := policy.Base("2.0")
	require.NoError(w.T, err)
	digest := policy.Digest(body)
	require.NoError(w.T, w.Store.PutPolicy(ctx, digest, "2.0", body))
	w.Policy, err = w.Store.Policy(ctx, digest)
	require.NoError(w.T, err)
	c, err := w.Store.CreateCohort(ctx, models.NewCohort{
		Code: "2601", Name: "2601期", Programme: "2.0", OrgID: w.City.ID, PolicyDigest: digest,
		WindowStart: w.Clock.Now(), WindowEnd: w.Clock.Now().Add(100 * 24 * time.Hour),
	}, "tester")
	require.NoError(w.T, err)
	require.NoError(w.T, w.Store.AddSchools(ctx, c.ID, []string{w.School.ID, w.Foreign.ID, w.Direct.ID}))
	return c
}

// User adds an account with roles at an organisation. Names and logins are numbered.
func (w *World) User(org *models.Org, roles ...domain.Role) *models.User {
	w.T.Helper()
	w.users++
	u, err := w.Store.CreateUser(w.T.Context(), models.NewUser{
		Login: fmt.Sprintf("u%04d", w.users), Name: fmt.Sprintf("用户%04d", w.users),
		PasswordHash: "unusable", OrgID: org.ID, Roles: roles,
	})
	require.NoError(w.T, err)
	return u
}

// Case opens the case of a school and puts n 专任教师 on its roster.
func (w *World) Case(school *models.Org, n int) (*models.Case, []*models.User) {
	w.T.Helper()
	c, err := w.Store.OpenCase(w.T.Context(), models.NewCase{
		CohortID: w.Cohort.ID, SchoolID: school.ID,
		WorkflowID: "case-" + w.Cohort.Code + "-" + school.Code, ActionID: "open-" + school.Code,
	})
	require.NoError(w.T, err)
	users := make([]*models.User, n)
	entries := make([]models.RosterEntry, n)
	for i := range users {
		users[i] = w.User(school, domain.RoleTeacher)
		entries[i] = models.RosterEntry{UserID: users[i].ID, Subject: "语文", FullTime: true, Status: domain.RosterActive}
	}
	if n > 0 {
		require.NoError(w.T, w.Store.PutRoster(w.T.Context(), c.ID, entries))
	}
	return &c, users
}

// Move puts a case into a stage without any of the actions that lead there, for tests of
// what is possible in it. From training on the study window is the cohort's.
func (w *World) Move(caseID string, stage domain.Stage, change ...func(*domain.State)) {
	w.T.Helper()
	ctx := w.T.Context()
	c, err := w.Store.CaseByID(ctx, caseID)
	require.NoError(w.T, err)
	state, err := c.Decode()
	require.NoError(w.T, err)
	state.Stage = stage
	if !stage.Before(domain.StageTraining) {
		end := w.Cohort.WindowEnd
		state.Window, state.Filed, state.Revision = &end, 1, 1
	}
	for _, f := range change {
		f(&state)
	}
	require.NoError(w.T, c.Project(state, w.Store.Now()))
	require.NoError(w.T, w.Store.DB(ctx).Save(&c).Error)
}

// ID is a new unique id.
func ID() string { return uuid.NewString() }
