// Package lifecycle builds a small school in a cohort on a real store, so that tests of
// workflows can walk a case through every stage without the API in between.
package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Start is when a World begins, a Monday morning in China.
var Start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// Teachers is how many teachers the school has.
const Teachers = 20

// World is one school with everybody a case needs, and the store they are in. The clock
// is the store's, shared by all schools of a world.
type World struct {
	*testkit.Clock

	Store  *models.Store
	DB     *gorm.DB
	Cohort *models.Cohort
	School *models.Org

	Admin, Head, Reviewer, Bureau domain.Actor
	Experts                       []domain.Actor

	district *models.Org
	teachers []string
}

// New returns a world on a fresh SQLite database.
func New(t *testing.T) *World {
	t.Helper()
	return On(t, testkit.SQLite(t))
}

// On returns a world on a migrated, empty database.
func On(t *testing.T, db *gorm.DB) *World {
	t.Helper()
	w := &World{DB: db, Clock: testkit.NewClock()}
	w.Set(Start)
	w.Store = models.New(db, w.Now, testkit.Keyring(t))
	w.people(t)
	w.cohort(t)
	return w
}

func (w *World) people(t *testing.T) {
	t.Helper()
	city := w.org(t, "", "gz", "广州市", models.LevelCity)
	w.district = w.org(t, city.ID, "th", "天河区", models.LevelDistrict)
	w.Reviewer = w.actor(t, "reviewer", w.district, domain.RoleDistrict)
	w.Bureau = w.actor(t, "bureau", w.district, domain.RoleBureau)
	for i := range 5 {
		w.Experts = append(w.Experts, w.actor(t, "expert"+strconv.Itoa(i), city, domain.RoleExpert))
	}
	w.school(t, "1", Teachers)
}

func (w *World) org(t *testing.T, parent, code, name string, level models.Level) *models.Org {
	t.Helper()
	o, err := w.Store.CreateOrg(t.Context(), models.NewOrg{ParentID: parent, Code: code, Name: name, Level: level})
	require.NoError(t, err)
	return o
}

func (w *World) actor(t *testing.T, login string, o *models.Org, role domain.Role) domain.Actor {
	t.Helper()
	u, err := w.Store.CreateUser(t.Context(), models.NewUser{Login: login, Name: login, OrgID: o.ID, Roles: []domain.Role{role}})
	require.NoError(t, err)
	return domain.Actor{UserID: u.ID, Role: role, OrgID: o.ID}
}

// school makes a school with its people the world's own.
func (w *World) school(t *testing.T, code string, teachers int) {
	t.Helper()
	w.School = w.org(t, w.district.ID, "th"+code, "天河区第"+code+"小学", models.LevelSchool)
	w.Admin = w.actor(t, "admin-"+code, w.School, domain.RoleSchoolAdmin)
	w.Head = w.actor(t, "head-"+code, w.School, domain.RolePrincipal)
	w.teachers = nil
	for i := range teachers {
		w.teachers = append(w.teachers, w.actor(t, fmt.Sprintf("teacher-%s-%d", code, i), w.School, domain.RoleTeacher).UserID)
	}
}

// Another is the same world seen from a further school, its number, of a few teachers.
func (w *World) Another(t *testing.T, code string) *World {
	t.Helper()
	next := *w
	next.school(t, code, 3)
	require.NoError(t, w.Store.AddSchools(t.Context(), w.Cohort.ID, []string{next.School.ID}))
	return &next
}

func (w *World) cohort(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	body, err := policy.Base("2.0")
	require.NoError(t, err)
	digest := policy.Digest(body)
	require.NoError(t, w.Store.PutPolicy(ctx, digest, "2.0", body))
	city, err := w.Store.OrgByCode(ctx, "gz")
	require.NoError(t, err)
	w.Cohort, err = w.Store.CreateCohort(ctx, models.NewCohort{
		Code: "2026A", Name: "2026年春季批次", Programme: "2.0", OrgID: city.ID, PolicyDigest: digest,
		WindowStart: Start, WindowEnd: Start.AddDate(0, 3, 0),
	}, w.Admin.UserID)
	require.NoError(t, err)
	require.NoError(t, w.Store.AddSchools(ctx, w.Cohort.ID, []string{w.School.ID}))
	ok, err := w.Store.SetCohortStatus(ctx, w.Cohort.ID, models.CohortDraft, models.CohortOpening)
	require.NoError(t, err)
	require.True(t, ok)
}

// AwaitReceipts has cases of the cohort that are opened from now on close only with the
// registry's receipts.
func (w *World) AwaitReceipts(t *testing.T) {
	t.Helper()
	body, err := policy.Base("2.0")
	require.NoError(t, err)
	var all map[string]any
	require.NoError(t, json.Unmarshal(body, &all))
	all["credit"] = map[string]any{"failed_teachers": false, "await_receipts": true}
	body, err = json.Marshal(all)
	require.NoError(t, err)
	digest := policy.Digest(body)
	require.NoError(t, w.Store.PutPolicy(t.Context(), digest, "2.0", body))
	require.NoError(t, w.DB.Model(&models.Cohort{}).Where("id = ?", w.Cohort.ID).Update("policy_digest", digest).Error)
	w.Cohort.PolicyDigest = digest
}

// Open makes the school's case and returns it with the input its workflow starts with.
func (w *World) Open(t *testing.T) (models.Case, activities.CaseArgs) {
	t.Helper()
	id := activities.CaseWorkflowID(w.Cohort.ID, w.School.ID)
	c, err := w.Store.OpenCase(t.Context(), models.NewCase{
		CohortID: w.Cohort.ID, SchoolID: w.School.ID, WorkflowID: id,
		ActionID: domain.SystemActionID(id, domain.SystemOpen, 0, ""),
	})
	require.NoError(t, err)
	state, err := c.Decode()
	require.NoError(t, err)
	return c, activities.CaseArgs{State: state}
}

// State is the case as SQL has it.
func (w *World) State(t *testing.T, caseID string) domain.State {
	t.Helper()
	// Not the test's context: clean-up reads too.
	c, err := w.Store.CaseByID(context.Background(), caseID)
	require.NoError(t, err)
	s, err := c.Decode()
	require.NoError(t, err)
	return s
}

// Envelope is the message that this person would send about the case as it is now.
func (w *World) Envelope(t *testing.T, caseID string, k domain.Kind, a domain.Actor, body domain.Body) activities.Envelope {
	t.Helper()
	s := w.State(t, caseID)
	visit := s.Entered
	for _, o := range domain.Legal(s, a, nil) {
		if o.Kind == k && o.Visit != 0 {
			visit = o.Visit
		}
	}
	return activities.Envelope{
		ID:   domain.ActionID(a.UserID, caseID, k, fmt.Sprintf("key-%d-%s", s.Seq, a.UserID)),
		Kind: k, Actor: a, Visit: visit, Body: body, At: w.Now(),
	}
}

// Colleague adds somebody with a role to the reviewer's organisation.
func (w *World) Colleague(t *testing.T, role domain.Role) domain.Actor {
	t.Helper()
	return w.actor(t, "colleague-"+string(role), w.district, role)
}

// Teacher is the i-th teacher of the school.
func (w *World) Teacher(i int) string { return w.teachers[i] }
