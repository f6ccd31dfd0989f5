package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

const adminChangesPath = "/api/v1/admin-changes"

func TestOneOfTheThreeIsMadeByTwo(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	first, second := r.as(w.User(w.City, domain.RoleSecurity).ID), r.as(w.User(w.City, domain.RoleSecurity).ID)
	sys, watcher := r.as(w.User(w.City, domain.RoleSysadmin).ID), r.as(w.User(w.City, domain.RoleAudit).ID)
	who := w.User(w.City)
	ask := gen.NewAdminChange{Kind: models.AdminGrant, UserId: who.ID, Role: domain.RoleAudit, OrgId: w.City.ID, Reason: "新任审计管理员"}

	sys.post(adminChangesPath, ask).refused(403, apperr.Forbidden)
	watcher.post(adminChangesPath, ask).refused(403, apperr.Forbidden)
	self := ask
	self.UserId = first.id
	first.post(adminChangesPath, self).refused(409, apperr.Conflict)
	ordinary := ask
	ordinary.Role = domain.RoleBureau
	first.post(adminChangesPath, ordinary).refused(422, apperr.Invalid)
	abroad := ask
	abroad.OrgId = w.School.ID
	first.post(adminChangesPath, abroad).refused(422, apperr.Invalid)

	ref := ok[gen.AdminChangeRef](first.post(adminChangesPath, ask), 201)
	first.post(adminChangesPath, ask).refused(409, apperr.Conflict)
	decide := adminChangesPath + "/" + ref.Id + "/decision"
	yes := gen.AdminDecision{Approve: true, Comment: "同意"}
	first.post(decide, yes).refused(409, models.CodeTwoPersons)
	sys.post(decide, yes).refused(409, models.CodeTwoPersons)
	watcher.post(decide, yes).refused(403, apperr.Forbidden)
	require.NotEmpty(t, ok[gen.NoticePage](second.get("/api/v1/notices"), 200).Items)
	ok[gen.AdminChangeResult](second.post(decide, yes), 200)
	second.post(decide, yes).refused(409, apperr.Conflict)

	list := ok[gen.AdminChangePage](watcher.get(adminChangesPath+"?status=approved&sort=asked&q="+who.Login), 200).Items
	require.Len(t, list, 1)
	require.Equal(t, []string{"授予", "已同意", "同意"}, []string{list[0].KindName, list[0].StatusName, list[0].Comment})
	require.Len(t, ok[gen.User](first.get("/api/v1/users/"+who.ID), 200).Grants, 1)
	require.Empty(t, ok[gen.AdminChangePage](first.get(adminChangesPath+"?status=open"), 200).Items)
}

// While there is one security administrator, a system administrator is the second person.
func TestASystemAdministratorStandsInForTheSecondSecurityAdministrator(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	only, sys := r.as(w.User(w.City, domain.RoleSecurity).ID), r.as(w.User(w.City, domain.RoleSysadmin).ID)
	ask := gen.NewAdminChange{Kind: models.AdminGrant, UserId: w.User(w.City).ID, Role: domain.RoleSecurity, OrgId: w.City.ID, Reason: "第二人"}
	ref := ok[gen.AdminChangeRef](only.post(adminChangesPath, ask), 201)
	ok[gen.AdminChangeResult](sys.post(adminChangesPath+"/"+ref.Id+"/decision", gen.AdminDecision{Approve: true}), 200)

	about := gen.NewAdminChange{Kind: models.AdminReset, UserId: sys.id, Reason: "忘记密码"}
	ref = ok[gen.AdminChangeRef](only.post(adminChangesPath, about), 201)
	sys.post(adminChangesPath+"/"+ref.Id+"/decision", gen.AdminDecision{Approve: true}).refused(409, models.CodeTwoPersons)
	ok[gen.AdminChangeResult](only.post(adminChangesPath+"/"+ref.Id+"/decision", gen.AdminDecision{}), 200)
	require.Equal(t, "已撤回", ok[gen.AdminChangePage](only.get(adminChangesPath), 200).Items[0].StatusName)
}

func TestNobodyHoldsTwoOfTheThree(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	first, second := r.as(w.User(w.City, domain.RoleSecurity).ID), r.as(w.User(w.City, domain.RoleSecurity).ID)
	sys := w.User(w.City, domain.RoleSysadmin)
	ask := gen.NewAdminChange{Kind: models.AdminGrant, UserId: sys.ID, Role: domain.RoleAudit, OrgId: w.City.ID, Reason: "兼任"}
	first.post(adminChangesPath, ask).refused(409, models.CodeTwoOfTriad)

	who := w.User(w.City)
	ask.UserId = who.ID
	ref := ok[gen.AdminChangeRef](first.post(adminChangesPath, ask), 201)
	require.NoError(t, w.Store.Grant(t.Context(), models.Grant{UserID: who.ID, Role: domain.RoleSysadmin, OrgID: w.City.ID}))
	second.post(adminChangesPath+"/"+ref.Id+"/decision", gen.AdminDecision{Approve: true}).refused(409, models.CodeTwoOfTriad)
	require.Equal(t, "待复核", ok[gen.AdminChangePage](first.get(adminChangesPath), 200).Items[0].StatusName)
}

func TestTheAccountsOfTheThreeChangeByTwoAndTheLastStays(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	first, second := r.as(w.User(w.City, domain.RoleSecurity).ID), r.as(w.User(w.City, domain.RoleSecurity).ID)
	audit := w.User(w.City, domain.RoleAudit)
	session := r.as(audit.ID)
	for _, path := range []string{"/password", "/disable"} {
		first.post("/api/v1/users/"+audit.ID+path, nil).refused(409, models.CodeTwoPersons)
	}
	first.send("DELETE", "/api/v1/users/"+audit.ID+"/grants/audit_admin/"+w.City.ID, nil).refused(409, models.CodeTwoPersons)
	first.post(adminChangesPath, gen.NewAdminChange{Kind: models.AdminDisable, UserId: audit.ID, Reason: "离任"}).refused(409, models.CodeLastHolder)
	revoke := gen.NewAdminChange{Kind: models.AdminRevoke, UserId: audit.ID, Role: domain.RoleAudit, OrgId: w.City.ID, Reason: "离任"}
	first.post(adminChangesPath, revoke).refused(409, models.CodeLastHolder)

	reset := gen.NewAdminChange{Kind: models.AdminReset, UserId: audit.ID, Reason: "忘记密码"}
	ref := ok[gen.AdminChangeRef](first.post(adminChangesPath, reset), 201)
	got := ok[gen.AdminChangeResult](second.post(adminChangesPath+"/"+ref.Id+"/decision", gen.AdminDecision{Approve: true}), 200)
	require.NotEmpty(t, got.Password)
	session.get("/api/v1/me").refused(401, apperr.Unauthenticated)
	require.True(t, ok[gen.SessionInfo](login(r, audit.Login, got.Password), 200).Me.MustChange)

	w.User(w.City, domain.RoleAudit)
	ref = ok[gen.AdminChangeRef](first.post(adminChangesPath, revoke), 201)
	ok[gen.AdminChangeResult](second.post(adminChangesPath+"/"+ref.Id+"/decision", gen.AdminDecision{Approve: true}), 200)
	require.Empty(t, ok[gen.User](first.get("/api/v1/users/"+audit.ID), 200).Grants)
}

// Who decides on accounts, and who watches, sees organisations and people, but no project.
func TestSecurityAndAuditAdministratorsSeeNoCases(t *testing.T) {
	t.Parallel()
	r, w, c := board(t)
	for _, role := range []domain.Role{domain.RoleSecurity, domain.RoleAudit} {
		p := r.as(w.User(w.City, role).ID)
		p.get(casePath(c.ID, "")).refused(404, apperr.NotFound)
		require.Empty(t, ok[gen.ProgressPage](p.get("/api/v1/progress"), 200).Items)
		require.NotEmpty(t, ok[gen.OrgPage](p.get("/api/v1/orgs"), 200).Items)
		require.NotEmpty(t, ok[gen.UserPage](p.get("/api/v1/users"), 200).Items)
	}
}
