package api

import (
	"context"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// tokenScope is what a token may be good for: reading, in the way the auditors read, or
// handing in, as the bureau does, what the registry of hours has answered.
type tokenScope struct {
	code, name string
	role       domain.Role
	operations []string
}

var tokenScopes = []tokenScope{
	{"orgs", "组织、批次、政策与工作日历", domain.RoleAuditor, []string{
		"listOrgs", "getOrg", "listCohorts", "getCohort", "listCohortSchools", "listPolicies", "getPolicy", "listCalendars", "getCalendar",
	}},
	{"progress", "进度、督办与统计", domain.RoleAuditor, []string{
		"listProgress", "countProgress", "listNotStarted", "getCase", "listTimeline", "listBlockers", "getDashboard", "getSummary", "getTurnaround",
	}},
	{"results", "考核结果与学时台账", domain.RoleAuditor, []string{"getResults", "listCredits"}},
	{"events", "操作日志", domain.RoleAuditor, []string{"listEvents"}},
	{"registry", "学时登记的报送批次、记录与对账", domain.RoleAuditor, []string{
		"listRegistryBatches", "listRegistryRecords", "listRegistryJournal", "listRegistryReversals", "listRegistryStrays", "listRegistryBalances",
	}},
	{"receipts", "回传学时登记的回执", domain.RoleBureau, []string{"putRegistryReceipts"}},
}

// scopeFor is the scope of a token that names an operation.
func scopeFor(t *models.MachineToken, id string) (tokenScope, bool) {
	i := slices.IndexFunc(tokenScopes, func(s tokenScope) bool { return t.Has(s.code) && slices.Contains(s.operations, id) })
	if i < 0 {
		return tokenScope{}, false
	}
	return tokenScopes[i], true
}

// machine lets another system in: to what its token's scopes name, from where the token may
// be used. It is never a person: it has no task, no notice and no action.
func (e *enforcer) machine(ctx context.Context, c *gin.Context, token string, op operation) (*access, error) {
	t, err := e.store.UseMachineToken(ctx, token, op.id(), c.ClientIP())
	if err != nil {
		return nil, err
	}
	scope, named := scopeFor(t, op.id())
	if !named {
		return nil, apperr.New(apperr.Forbidden, "令牌不能用于这项操作：令牌只能用于其授权范围内的内容。")
	}
	return &access{
		user:   &models.User{ID: t.ID, Name: t.Name, OrgID: t.OrgID},
		token:  t,
		grants: []models.Grant{{UserID: t.ID, Role: scope.role, OrgID: t.OrgID}},
	}, nil
}

func machineTokenOf(v models.MachineTokenView, valid bool) gen.MachineToken {
	return gen.MachineToken{
		Id: v.ID, Prefix: v.Prefix, Name: v.Name, Scopes: strings.Split(v.Scopes, ","), ScopeNames: scopeNames(v.MachineToken),
		Org: gen.Ref{Id: v.OrgID, Name: v.Org}, Networks: v.Networks, CreatedBy: v.Creator, CreatedAt: v.CreatedAt, ExpiresAt: v.ExpiresAt,
		UsedAt: at(v.UsedAt), UsedIp: v.UsedIP, RevokedAt: at(v.RevokedAt), Valid: valid,
	}
}

func scopeNames(t models.MachineToken) []string {
	names := []string{}
	for _, s := range tokenScopes {
		if t.Has(s.code) {
			names = append(names, s.name)
		}
	}
	return names
}

// ListMachineTokens lists the tokens of organisations within reach.
func (s *server) ListMachineTokens(ctx context.Context, r gen.ListMachineTokensRequestObject) (gen.ListMachineTokensResponseObject, error) {
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.MachineTokens(ctx, accessOf(ctx).scope, r.Params.Valid, r.Params.Q, p)
	now := s.store.Now()
	return gen.ListMachineTokens200JSONResponse{Items: convert(rows, func(v models.MachineTokenView) gen.MachineToken {
		return machineTokenOf(v, v.RevokedAt == nil && now.Before(v.ExpiresAt))
	}), Next: next}, err
}

// CreateMachineToken makes a token, shown only here.
func (s *server) CreateMachineToken(ctx context.Context, r gen.CreateMachineTokenRequestObject) (gen.CreateMachineTokenResponseObject, error) {
	a, b := accessOf(ctx), r.Body
	if _, err := s.store.OrgInScope(ctx, a.scope, b.OrgId); err != nil {
		return nil, err
	}
	scopes := convert(b.Scopes, func(s gen.TokenScope) string { return string(s) })
	slices.Sort(scopes)
	token, row, err := s.store.CreateMachineToken(ctx, models.MachineToken{
		Name: b.Name, Scopes: strings.Join(slices.Compact(scopes), ","), OrgID: b.OrgId, Networks: b.Networks,
		ExpiresAt: b.ExpiresAt.UTC(), CreatedBy: a.user.ID,
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateMachineToken201JSONResponse{Id: row.ID, Token: token}, nil
}

// RevokeMachineToken ends a token at once.
func (s *server) RevokeMachineToken(ctx context.Context, r gen.RevokeMachineTokenRequestObject) (gen.RevokeMachineTokenResponseObject, error) {
	a := accessOf(ctx)
	return gen.RevokeMachineToken204Response{}, s.store.RevokeMachineToken(ctx, a.scope, r.TokenId, a.user.ID)
}
