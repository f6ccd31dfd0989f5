package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

const tokensPath = "/api/v1/machine-tokens"

// Scopes name what only reads, what an auditor may read, and nothing that is somebody's own.
// Receipts of the registry are all that is written.
func TestScopesOfTokensOnlyRead(t *testing.T) {
	t.Parallel()
	ids := operationIDs(t)
	for _, scope := range tokenScopes {
		require.NotEmpty(t, scope.name)
		for _, id := range scope.operations {
			r := rules[id]
			require.True(t, r.roles == nil || slices.Contains(r.roles, scope.role), "%s is nothing that %s may", id, scope.role)
			if id != "putRegistryReceipts" {
				require.True(t, strings.HasPrefix(ids[id], http.MethodGet+" "), "%s in %s writes", id, scope.code)
				require.Equal(t, domain.RoleAuditor, scope.role, id)
			}
			require.False(t, r.own || r.open || r.stream || r.first, id)
		}
	}
}

// The generated table of tokens: each scope opens the operations that it names on what is
// below its organisation, and nothing else anywhere.
func TestEveryRouteForEveryScopeOfTokens(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	m, h := newMatrix(t, w), gatehouse(t, w.Store)
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	var offered, known []string
	for _, code := range spec.Components.Schemas["TokenScope"].Value.Enum {
		offered = append(offered, fmt.Sprint(code))
	}
	for _, scope := range tokenScopes {
		known = append(known, scope.code)
		token, row, err := w.Store.CreateMachineToken(t.Context(), models.MachineToken{
			Name: scope.code, Scopes: scope.code, OrgID: w.District.ID, ExpiresAt: w.Clock.Now().Add(time.Hour),
		})
		require.NoError(t, err)
		r.tokens.Store(row.ID, token)
		for id, route := range operationIDs(t) {
			if rules[id].open {
				continue
			}
			for place, at := range m.objects {
				want := http.StatusForbidden
				if slices.Contains(scope.operations, id) {
					want = http.StatusNoContent
					if rules[id].object != objectNone && !reaches(domain.RoleDistrict, rules[id].object, place) {
						want = http.StatusNotFound
					}
				}
				got := knock(r, h, row.ID, route, at, "")
				require.Equal(t, want, got.Code, "%s (%s) by %s on the %s object: %s", id, route, scope.code, place, got.Body)
			}
		}
	}
	require.ElementsMatch(t, offered, known)
}

func TestATokenReadsWhatItsScopesNameAndNothingElse(t *testing.T) {
	t.Parallel()
	r, w, c := board(t)
	security, teacher := r.as(w.User(w.City, domain.RoleSecurity).ID), r.as(w.User(w.School, domain.RoleTeacher).ID)
	draft := gen.NewMachineToken{
		Name: "市级数据平台", Scopes: []gen.TokenScope{"progress"}, OrgId: w.District.ID, Networks: "192.0.2.1", ExpiresAt: w.Clock.Now().Add(24 * time.Hour),
	}
	teacher.post(tokensPath, draft).refused(403, apperr.Forbidden)
	for field, bad := range map[string]func(*gen.NewMachineToken){
		"networks":   func(n *gen.NewMachineToken) { n.Networks = "10.0.0.0/99" },
		"expires_at": func(n *gen.NewMachineToken) { n.ExpiresAt = w.Clock.Now().Add(400 * 24 * time.Hour) },
	} {
		d := draft
		bad(&d)
		security.post(tokensPath, d).refused(422, apperr.Invalid)
		require.NotEmpty(t, field)
	}
	issued := ok[gen.IssuedMachineToken](security.post(tokensPath, draft), 201)
	require.True(t, strings.HasPrefix(issued.Token, "zxp_"))
	machine := person{r, issued.Token, issued.Id}

	require.Len(t, ok[gen.ProgressPage](machine.get("/api/v1/progress"), 200).Items, 1, "the district's, not the city's")
	require.Equal(t, 200, machine.get(casePath(c.ID, "")).Code)
	r.nobody().send(http.MethodGet, "/api/v1/progress", nil, "Cookie", "zx="+issued.Token).refused(401, apperr.Unauthenticated)
	machine.get("/api/v1/orgs").refused(403, apperr.Forbidden)
	machine.get("/api/v1/me").refused(403, apperr.Forbidden)
	machine.post(casePath(c.ID, "/actions/filing.approve"), gen.ActionRequest{}).refused(403, apperr.Forbidden)
	machine.post(tokensPath, draft).refused(403, apperr.Forbidden)

	var uses int64
	require.NoError(t, w.Store.DB(t.Context()).Model(&models.AuditEntry{}).Where("action = ? AND actor_id = ?", "token.use", issued.Id).Count(&uses).Error)
	before := uses
	require.Equal(t, 200, machine.get("/api/v1/progress").Code)
	require.NoError(t, w.Store.DB(t.Context()).Model(&models.AuditEntry{}).Where("action = ? AND actor_id = ?", "token.use", issued.Id).Count(&uses).Error)
	require.Equal(t, before, uses, "an operation is entered once a day")

	list := ok[gen.MachineTokenPage](security.get(tokensPath+"?valid=true"), 200).Items
	require.Len(t, list, 1)
	require.Equal(t, issued.Token[:12], list[0].Prefix)
	require.False(t, list[0].UsedAt.IsZero())
	require.Equal(t, 204, security.send("DELETE", tokensPath+"/"+issued.Id, nil).Code)
	machine.get("/api/v1/progress").refused(401, apperr.Unauthenticated)
	require.Empty(t, ok[gen.MachineTokenPage](security.get(tokensPath+"?valid=true"), 200).Items)
}

func TestATokenEndsAndStaysInItsNetworks(t *testing.T) {
	t.Parallel()
	r, w, _ := board(t)
	security := r.as(w.User(w.City, domain.RoleSecurity).ID)
	draft := gen.NewMachineToken{
		Name: "数据平台", Scopes: []gen.TokenScope{"progress"}, OrgId: w.City.ID, Networks: "10.1.0.0/16", ExpiresAt: w.Clock.Now().Add(time.Hour),
	}
	away := person{r, ok[gen.IssuedMachineToken](security.post(tokensPath, draft), 201).Token, ""}
	away.get("/api/v1/progress").refused(403, apperr.Forbidden)
	draft.Networks = ""
	near := person{r, ok[gen.IssuedMachineToken](security.post(tokensPath, draft), 201).Token, ""}
	require.Equal(t, 200, near.get("/api/v1/progress").Code)
	w.Clock.Set(w.Clock.Now().Add(time.Hour))
	near.get("/api/v1/progress").refused(401, apperr.Unauthenticated)
	person{r, "zxp_guessed", ""}.get("/api/v1/progress").refused(401, apperr.Unauthenticated)
}
