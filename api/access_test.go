package api

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func operationIDs(t *testing.T) map[string]string {
	t.Helper()
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	ids := map[string]string{}
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			ids[op.OperationID] = method + " " + path
		}
	}
	return ids
}

func TestAccessTableAndContractNameTheSameOperations(t *testing.T) {
	t.Parallel()
	ids := operationIDs(t)
	for id := range ids {
		require.Contains(t, rules, id, "operation missing from the access table")
	}
	for id := range rules {
		require.Contains(t, ids, id, "the access table names an operation that does not exist")
	}
}

func TestObjectsOfRulesMatchTheirPaths(t *testing.T) {
	t.Parallel()
	params := map[object]string{
		objectCase: "{caseId}", objectFile: "{fileId}", objectOrg: "{orgId}", objectUser: "{userId}", objectCohort: "{cohortId}",
	}
	for id, route := range operationIDs(t) {
		if param, named := params[rules[id].object]; named {
			require.Contains(t, route, param, id)
			continue
		}
		for _, param := range params {
			require.NotContains(t, route, param, "%s names an object that its rule does not load", id)
		}
	}
}

func TestNothingButLoginAndHealthIsOpen(t *testing.T) {
	t.Parallel()
	r, _ := newWorld(t)
	for id, route := range operationIDs(t) {
		method, path, _ := strings.Cut(route, " ")
		got := r.nobody().send(method, path, "{}")
		if slices.Contains([]string{"listSsoProviders", "beginSsoLogin", "completeSso", "backchannelLogout"}, id) { // TestAnAnswerIsBoundToTheBrowserThatAsked
			continue
		}
		if slices.Contains([]string{"getHealth", "getReady", "login", "getPrivacyNotice"}, id) {
			require.NotEqual(t, http.StatusUnauthorized, got.Code, id)
			continue
		}
		got.refused(http.StatusUnauthorized, apperr.Unauthenticated)
	}
}

// where is one object of each kind, and what reaches it.
type where struct {
	caseID, fileID, orgID, userID, cohortID string
}

// matrix is a caller of every role with its objects: the own ones, those of a sibling
// below the same city, and those of another city.
type matrix struct {
	callers map[domain.Role]*models.User
	objects map[string]where
}

func newMatrix(t *testing.T, w *testkit.World) matrix {
	t.Helper()
	ctx := t.Context()
	city := w.Org(nil, models.LevelCity, "4403", "外市")
	district := w.Org(city, models.LevelDistrict, "440301", "外区")
	school := w.Org(district, models.LevelSchool, "440301001", "外校")
	away, err := w.Store.CreateCohort(ctx, models.NewCohort{
		Code: "away", Name: "外市批次", Programme: "2.0", OrgID: city.ID, PolicyDigest: w.Cohort.PolicyDigest,
		WindowStart: w.Clock.Now(), WindowEnd: w.Clock.Now().Add(time.Hour),
	}, "tester")
	require.NoError(t, err)
	require.NoError(t, w.Store.AddSchools(ctx, away.ID, []string{school.ID}))
	m := matrix{callers: map[domain.Role]*models.User{}, objects: map[string]where{
		"own":     placeOf(t, w, w.Cohort.ID, w.School),
		"sibling": placeOf(t, w, w.Cohort.ID, w.Foreign),
		"foreign": placeOf(t, w, away.ID, school),
	}}
	homes := map[domain.Role]*models.Org{
		domain.RoleTeacher: w.School, domain.RoleGroupLeader: w.School, domain.RoleSchoolAdmin: w.School, domain.RolePrincipal: w.School,
		domain.RoleDistrict: w.District, domain.RoleBureau: w.District, domain.RoleInspector: w.District,
		domain.RoleCityOffice: w.City, domain.RoleExpert: w.City, domain.RoleAuditor: w.City, domain.RoleSysadmin: w.City,
		domain.RoleSecurity: w.City, domain.RoleAudit: w.City,
	}
	own := m.objects["own"].caseID
	for _, role := range domain.Roles() {
		m.callers[role] = w.User(homes[role], role)
	}
	for _, role := range []domain.Role{domain.RoleTeacher, domain.RoleGroupLeader} {
		require.NoError(t, w.Store.PutRoster(ctx, own, []models.RosterEntry{{UserID: m.callers[role].ID, Status: domain.RosterActive}}))
	}
	expert := m.callers[domain.RoleExpert].ID
	w.Move(own, domain.StageScoring, func(s *domain.State) {
		s.Panel = map[string]domain.Member{expert: {Status: domain.MemberReady}}
	})
	task := models.TaskRow{CaseID: own, Visit: 900, Task: domain.TaskScore, Role: domain.RoleExpert, UserID: expert, Since: w.Clock.Now(), Status: models.TaskOpen}
	require.NoError(t, w.Store.DB(ctx).Create(&task).Error)
	return m
}

func placeOf(t *testing.T, w *testkit.World, cohortID string, school *models.Org) where {
	t.Helper()
	c, err := w.Store.OpenCase(t.Context(), models.NewCase{CohortID: cohortID, SchoolID: school.ID, WorkflowID: "wf-" + school.Code, ActionID: "open-" + school.Code})
	require.NoError(t, err)
	f := models.File{ID: testkit.ID(), CaseID: c.ID, SlotKind: models.SlotDossier, SlotKey: "1", CreatedAt: w.Clock.Now()}
	require.NoError(t, w.Store.DB(t.Context()).Create(&f).Error)
	return where{caseID: c.ID, fileID: f.ID, orgID: school.ID, userID: w.User(school, domain.RoleTeacher).ID, cohortID: cohortID}
}

// reaches says, apart from the code, which objects a role is meant to reach.
func reaches(role domain.Role, o object, place string) bool {
	city := slices.Contains([]domain.Role{domain.RoleCityOffice, domain.RoleAuditor, domain.RoleSysadmin, domain.RoleSecurity, domain.RoleAudit}, role)
	noCases := slices.Contains([]domain.Role{domain.RoleSecurity, domain.RoleAudit}, role)
	onlyCases := slices.Contains([]domain.Role{domain.RoleTeacher, domain.RoleGroupLeader, domain.RoleExpert}, role)
	switch {
	case o == objectCohort && place == "sibling":
		place = "own" // the city's cohort is everybody's in the city
	case onlyCases && o != objectCase && o != objectFile:
		return false
	}
	if o == objectCohort && onlyCases || noCases && (o == objectCase || o == objectFile || o == objectCohort) {
		return false
	}
	return place == "own" || (place == "sibling" && city)
}

// gatehouse routes every operation through the access table and answers 204 to whoever
// gets past it.
func gatehouse(t *testing.T, store *models.Store) http.Handler {
	t.Helper()
	spec, err := loadContract()
	require.NoError(t, err)
	e := &enforcer{store: store, idle: 1000 * time.Hour, proof: 1000 * time.Hour, cookie: "zx"}
	r := gin.New()
	r.ContextWithFallback = true
	r.Use(identify, spec.resolve, e.enforce)
	for route := range spec.routes {
		method, path, _ := strings.Cut(route, " ")
		r.Handle(method, path, func(c *gin.Context) { c.Status(http.StatusNoContent) })
	}
	return r
}

func TestEveryRouteForEveryRoleOnOwnSiblingAndForeignObjects(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	m := newMatrix(t, w)
	h := gatehouse(t, w.Store)
	for id, route := range operationIDs(t) {
		if rules[id].open || id == "takeAction" {
			continue
		}
		for place, at := range m.objects {
			for role, user := range m.callers {
				want := http.StatusNoContent
				switch {
				case rules[id].object != objectNone && !reaches(role, rules[id].object, place):
					want = http.StatusNotFound
				case rules[id].roles != nil && !slices.Contains(rules[id].roles, role):
					want = http.StatusForbidden
				}
				got := knock(r, h, user.ID, route, at, "")
				require.Equal(t, want, got.Code, "%s (%s) as %s on the %s object: %s", id, route, role, place, got.Body)
			}
		}
	}
}

func TestEveryActionForEveryRoleOnOwnSiblingAndForeignCases(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	m := newMatrix(t, w)
	h := gatehouse(t, w.Store)
	route := "POST /api/v1/cases/{caseId}/actions/{kind}"
	for _, kind := range append(domain.Kinds(), domain.SystemRung, domain.SystemCredited, "no.such") {
		for place, at := range m.objects {
			for role, user := range m.callers {
				want := http.StatusNoContent
				switch {
				case !kind.Human(), !reaches(role, objectCase, place):
					want = http.StatusNotFound
				case !slices.Contains(domain.RolesFor(kind), role):
					want = http.StatusForbidden
				}
				got := knock(r, h, user.ID, route, at, string(kind))
				require.Equal(t, want, got.Code, "%s as %s on the %s case: %s", kind, role, place, got.Body)
			}
		}
	}
}

func knock(r *rig, h http.Handler, userID, route string, at where, kind string) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(route, " ")
	path = strings.NewReplacer("{caseId}", at.caseID, "{fileId}", at.fileID, "{orgId}", at.orgID, "{userId}", at.userID,
		"{cohortId}", at.cohortID, "{kind}", cmp.Or(kind, "task.urge"), "{n}", "1", "{version}", "1", "{role}", "teacher", "{changeId}", "1", "{sessionId}", "1", "{tokenId}", "1").Replace(path)
	req := httptest.NewRequest(method, path, nil) //nolint:noctx // nothing to cancel
	req.Header.Set("Authorization", "Bearer "+r.as(userID).token)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

func TestWhatExpertsMayReadWaitsForTheirDeclaration(t *testing.T) {
	t.Parallel()
	for id, r := range rules {
		if r.object != objectCase && r.object != objectFile {
			continue
		}
		if r.roles != nil && !slices.Contains(r.roles, domain.RoleExpert) {
			continue
		}
		always := slices.Contains([]string{"getCase", "takeAction"}, id)
		require.Equal(t, !always, r.ready, id)
	}
}

func TestExpertsSeeMaterialsOnlyAfterDeclaringNoConflict(t *testing.T) {
	t.Parallel()
	for status, want := range map[domain.MemberStatus]int{
		domain.MemberInvited: http.StatusConflict, domain.MemberAccepted: http.StatusConflict,
		domain.MemberReady: http.StatusOK, domain.MemberScored: http.StatusOK,
		domain.MemberDeclined: http.StatusForbidden, domain.MemberConflicted: http.StatusForbidden, domain.MemberDismissed: http.StatusForbidden,
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			r, w := newWorld(t)
			m := newMatrix(t, w)
			expert, own := m.callers[domain.RoleExpert], m.objects["own"].caseID
			w.Move(own, domain.StageScoring, func(s *domain.State) {
				s.Panel = map[string]domain.Member{expert.ID: {Status: status}}
			})
			require.Equal(t, want, r.as(expert.ID).get(casePath(own, "/dossier")).Code)
			require.Equal(t, http.StatusOK, r.as(expert.ID).get(casePath(own, "")).Code, "the case itself stays visible")
		})
	}
}
