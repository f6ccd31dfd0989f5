package api

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// frozen is a case in training whose roster of four was frozen at filing.
func frozen(t *testing.T) (*rig, *desks) {
	t.Helper()
	r, w := newWorld(t)
	c, users := w.Case(w.School, 4)
	at := w.Clock.Now()
	w.Move(c.ID, domain.StageTraining, func(s *domain.State) { s.Teachers = 4 })
	require.NoError(t, w.Store.DB(t.Context()).Model(&models.Case{}).Where("id = ?", c.ID).Update("roster_frozen_at", at).Error)
	d := &desks{caseID: c.ID, teacher: users[0], other: users[1]}
	d.reviewer = w.User(w.District, domain.RoleDistrict)
	d.admin, d.office = r.as(w.User(w.School, domain.RoleSchoolAdmin).ID), r.as(d.reviewer.ID)
	d.root = r.as(w.User(w.City, domain.RoleSecurity).ID)
	d.foreign, d.sibling = r.as(w.User(w.Foreign, domain.RoleSchoolAdmin).ID), r.as(w.User(w.Sibling, domain.RoleDistrict).ID)
	d.school, d.elsewhere = w.School, w.Foreign
	return r, d
}

type desks struct {
	caseID                                string
	teacher, other, reviewer              *models.User
	admin, office, root, foreign, sibling person
	school, elsewhere                     *models.Org
}

func (d *desks) ask(userID string, status domain.RosterStatus) reply {
	return d.admin.post(casePath(d.caseID, "/roster/requests"), gen.NewRosterRequest{UserId: userID, Status: status, Subject: "语文", FullTime: true, Reason: "产假"})
}

func TestAFrozenRosterChangesByRequestAndConsent(t *testing.T) {
	t.Parallel()
	_, d := frozen(t)
	requests := casePath(d.caseID, "/roster/requests")
	made := ok[gen.RosterRequest](d.ask(d.teacher.ID, domain.RosterLeave), http.StatusCreated)
	require.Equal(t, []any{domain.RosterActive, domain.RosterLeave, "待答复"}, []any{made.From, made.To, made.StatusName})
	d.ask(d.teacher.ID, domain.RosterRetired).refused(http.StatusConflict, apperr.Conflict)
	d.ask(d.other.ID, domain.RosterActive).refused(http.StatusConflict, apperr.Conflict)
	d.office.post(requests, gen.NewRosterRequest{UserId: d.teacher.ID, Status: domain.RosterLeave, Reason: "x"}).refused(http.StatusForbidden, apperr.Forbidden)
	d.foreign.post(requests, gen.NewRosterRequest{UserId: d.teacher.ID, Status: domain.RosterLeave, Reason: "x"}).refused(http.StatusNotFound, apperr.NotFound)
	d.admin.post(requests, gen.NewRosterRequest{UserId: d.reviewer.ID, Status: domain.RosterActive, Reason: "x"}).refused(http.StatusUnprocessableEntity, apperr.Invalid)

	notices := ok[gen.NoticePage](d.office.get("/api/v1/notices"), 200).Items
	require.Equal(t, "/roster-requests", notices[0].Link)
	require.Equal(t, made.Id, ok[gen.RosterRequestPage](d.office.get("/api/v1/roster/requests"), 200).Items[0].Id)
	require.Empty(t, ok[gen.RosterRequestPage](d.sibling.get("/api/v1/roster/requests"), 200).Items)
	d.admin.get("/api/v1/roster/requests").refused(http.StatusForbidden, apperr.Forbidden)

	for _, legal := range ok[gen.CaseView](d.office.get(casePath(d.caseID, "")), 200).Actions {
		if slices.Contains([]domain.Kind{domain.ConsentRoster, domain.DeclineRoster, domain.ChangeRoster}, legal.Kind) {
			require.True(t, legal.Allowed, legal.Reason)
		}
	}
	d.admin.act(d.caseID, domain.ConsentRoster, "school-says-yes", gen.ActionRequest{Request: made.Id}).refused(http.StatusForbidden, apperr.Forbidden)
	view := ok[gen.ActionResult](d.office.act(d.caseID, domain.ConsentRoster, "consent-once", gen.ActionRequest{Request: made.Id}), http.StatusOK)
	require.Equal(t, d.caseID, view.Case.Id)
	again := ok[gen.ActionResult](d.office.act(d.caseID, domain.ConsentRoster, "consent-once", gen.ActionRequest{Request: made.Id}), http.StatusOK)
	require.Equal(t, view.Seq, again.Seq, "the same key is the same answer")
	d.office.act(d.caseID, domain.ConsentRoster, "consent-again", gen.ActionRequest{Request: made.Id}).refused(http.StatusConflict, domain.CodeRosterRequest)
	list := ok[gen.RosterRequestPage](d.admin.get(requests), 200).Items
	require.Equal(t, []any{models.RequestConsented, d.reviewer.Name}, []any{list[0].Status, list[0].AnsweredBy})
	for _, row := range ok[gen.RosterPage](d.admin.get(casePath(d.caseID, "/roster")), 200).Items {
		if row.UserId == d.teacher.ID {
			require.Equal(t, domain.RosterLeave, row.Status)
			require.Equal(t, "产假", row.Changes[0].Reason)
		}
	}

	taken := ok[gen.RosterRequest](d.ask(d.other.ID, domain.RosterRetired), http.StatusCreated)
	path := requests + "/" + taken.Id
	d.foreign.send(http.MethodDelete, path, nil).refused(http.StatusNotFound, apperr.NotFound)
	require.Equal(t, 204, d.admin.send(http.MethodDelete, path, nil).Code)
	d.admin.send(http.MethodDelete, path, nil).refused(http.StatusConflict, domain.CodeRosterRequest)
}

// The count that was filed follows what the reviewer consents to.
func TestTheFiledCountFollowsConsent(t *testing.T) {
	t.Parallel()
	r, d := frozen(t)
	state := func() domain.State {
		c, err := r.store.CaseByID(t.Context(), d.caseID)
		require.NoError(t, err)
		s, err := c.Decode()
		require.NoError(t, err)
		require.Equal(t, s.Teachers, c.FullTime)
		return s
	}
	made := ok[gen.RosterRequest](d.ask(d.teacher.ID, domain.RosterRetired), http.StatusCreated)
	require.Equal(t, 4, state().Teachers)
	ok[gen.ActionResult](d.office.act(d.caseID, domain.ConsentRoster, "consent-1", gen.ActionRequest{Request: made.Id}), http.StatusOK)
	require.Equal(t, 3, state().Teachers)
}

func TestATransferredTeacherGoesOnInTheOriginalSchool(t *testing.T) {
	t.Parallel()
	r, d := frozen(t)
	path := "/api/v1/users/" + d.teacher.ID + "/transfer"
	to := gen.Transfer{OrgId: d.elsewhere.ID, Reason: "区内调动"}
	d.admin.post(path, to).refused(http.StatusNotFound, apperr.NotFound)
	d.office.post(path, to).refused(http.StatusNotFound, apperr.NotFound)
	d.sibling.post(path, to).refused(http.StatusNotFound, apperr.NotFound)
	moved := ok[gen.Transferred](d.root.post(path, to), 200)
	require.Equal(t, gen.Transferred{Stays: 1}, moved)
	d.root.post(path, to).refused(http.StatusConflict, apperr.Conflict)
	user := ok[gen.User](d.root.get("/api/v1/users/"+d.teacher.ID), 200)
	require.Equal(t, d.elsewhere.ID, user.Org.Id)
	require.Equal(t, d.elsewhere.ID, user.Grants[0].Org.Id)
	require.Equal(t, d.caseID, ok[gen.CaseView](r.as(d.teacher.ID).get(casePath(d.caseID, "")), 200).Id, "still studies there")

	leaves := ok[gen.Transferred](d.root.post("/api/v1/users/"+d.other.ID+"/transfer", gen.Transfer{OrgId: d.elsewhere.ID, LeaveCase: true, Reason: "跨区调动"}), 200)
	require.Equal(t, gen.Transferred{Asked: 1}, leaves, "a frozen roster waits for consent")
	require.Len(t, ok[gen.RosterRequestPage](d.office.get("/api/v1/roster/requests"), 200).Items, 1)
}

func TestATransferWaitsForAnOpenRequest(t *testing.T) {
	t.Parallel()
	_, d := frozen(t)
	ok[gen.RosterRequest](d.ask(d.teacher.ID, domain.RosterLeave), http.StatusCreated)
	p := d.root.post("/api/v1/users/"+d.teacher.ID+"/transfer", gen.Transfer{OrgId: d.elsewhere.ID, LeaveCase: true, Reason: "跨区调动"}).
		refused(http.StatusConflict, apperr.Conflict)
	require.Contains(t, p.Detail, "已有一份申请等待答复")
	user := ok[gen.User](d.root.get("/api/v1/users/"+d.teacher.ID), 200)
	require.Equal(t, d.school.ID, user.Org.Id, "nothing is half done")
}

func TestAnOfficeIsHandedOverInOneStep(t *testing.T) {
	t.Parallel()
	r, d := frozen(t)
	w := r.store
	old, err := w.CreateUser(t.Context(), models.NewUser{Login: "old-head", Name: "原校长", OrgID: d.school.ID, Roles: []domain.Role{domain.RolePrincipal}})
	require.NoError(t, err)
	next, err := w.CreateUser(t.Context(), models.NewUser{Login: "new-head", Name: "新校长", OrgID: d.school.ID})
	require.NoError(t, err)
	task := models.TaskRow{CaseID: d.caseID, Visit: 77, Task: domain.TaskAssessment, Role: domain.RolePrincipal, OrgID: d.school.ID, Path: d.school.Path, Since: w.Now(), Status: models.TaskOpen}
	require.NoError(t, w.DB(t.Context()).Create(&task).Error)
	path := "/api/v1/orgs/" + d.school.ID + "/handover/principal"
	before := ok[gen.Handover](d.office.get(path), 200)
	require.Equal(t, []any{"原校长", 2, domain.TaskTeam.Name(), domain.TaskAssessment.Name()},
		[]any{before.Holders[0].Name, before.Total, before.Tasks[0].Name, before.Tasks[1].Name})

	change := gen.HandoverRequest{From: old.ID, To: next.ID}
	d.admin.post(path, change).refused(http.StatusForbidden, apperr.Forbidden)
	d.sibling.post(path, change).refused(http.StatusNotFound, apperr.NotFound)
	d.office.post(path, gen.HandoverRequest{From: old.ID, To: old.ID}).refused(http.StatusUnprocessableEntity, apperr.Invalid)
	d.root.post("/api/v1/orgs/"+d.school.ID+"/handover/teacher", change).refused(http.StatusUnprocessableEntity, apperr.Invalid)
	p := d.office.post(path, gen.HandoverRequest{From: old.ID, To: d.office.id}).refused(http.StatusForbidden, apperr.Forbidden)
	require.Equal(t, "to", p.Field, "nobody gives themselves a role")
	after := ok[gen.Handover](d.office.post(path, change), 200)
	require.Equal(t, []any{1, "新校长", 2}, []any{len(after.Holders), after.Holders[0].Name, after.Total})
	d.office.post(path, change).refused(http.StatusConflict, apperr.Conflict)
	require.Empty(t, ok[gen.TaskPage](r.as(old.ID).get("/api/v1/tasks"), 200).Items)
	require.Len(t, ok[gen.TaskPage](r.as(next.ID).get("/api/v1/tasks"), 200).Items, 2)
}
