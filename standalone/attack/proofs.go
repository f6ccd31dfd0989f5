package attack

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// stale is a session of somebody who proved who they are too long ago.
func (a *attacker) stale(ctx context.Context, userID string) (string, error) {
	token, before := auth.NewToken(), a.Store.Now().Add(-time.Hour)
	// A provider says itself when somebody proved who they are.
	row := models.Session{TokenHash: auth.HashToken(token), UserID: userID, Provider: "elsewhere", ProvedAt: &before}
	return token, a.Store.CreateSession(ctx, row, time.Hour)
}

// unproven tries what wants a fresh proof without one, or with somebody else's.
func (a *attacker) unproven(ctx context.Context) error {
	stale := map[domain.Role]string{}
	for role, u := range a.cast.users {
		var err error
		if stale[role], err = a.stale(ctx, u.ID); err != nil {
			return err
		}
	}
	for _, o := range a.ops {
		if always, _ := o.op.Extensions["x-step-up"].(bool); always {
			for _, role := range rolesOf(o) {
				a.withoutProof(ctx, o, role, stale[role])
			}
			if rolesOf(o) == nil {
				a.withoutProof(ctx, o, domain.RoleTeacher, stale[domain.RoleTeacher])
			}
		}
		if o.op.Extensions["x-step-up"] == "xlsx" {
			path := o.at(a.real)
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			for _, role := range []domain.Role{domain.RoleSysadmin, domain.RoleBureau, domain.RoleDistrict} {
				got, err := a.send(ctx, request{method: o.method, path: path + sep + "format=xlsx", token: stale[role]})
				a.unshown(o.id+" as a workbook by "+string(role), got, err)
			}
		}
	}
	return a.borrowed(ctx, stale)
}

// withoutProof counts an attempt that has to end before anything is done.
func (a *attacker) withoutProof(ctx context.Context, o operation, role domain.Role, token string) {
	got, err := a.do(ctx, token, o, a.real)
	a.unshown(o.id+" without proof as "+string(role), got, err)
}

func (a *attacker) unshown(what string, got answer, err error) {
	a.note(what, err == nil && (got.status == http.StatusForbidden || got.status == http.StatusNotFound),
		fmt.Sprintf("%d %.200s %v", got.status, got.body, err))
}

// borrowed proofs are of another session, another person or no password at all.
func (a *attacker) borrowed(ctx context.Context, stale map[domain.Role]string) error {
	const proof, wanted = "/api/v1/sessions/current/proof", "/api/v1/machine-tokens"
	me := a.cast.users[domain.RoleSecurity]
	body := map[string]any{"name": "x", "scopes": []string{"orgs"}, "org_id": me.OrgID, "expires_at": a.Store.Now().Add(time.Hour)}
	try := func(what, token string, header map[string]string) {
		got, err := a.send(ctx, request{method: http.MethodPost, path: wanted, token: token, body: body, header: header})
		a.note(what, err == nil && got.status == http.StatusForbidden && strings.Contains(got.body, `"step_up_required"`),
			fmt.Sprintf("%d %.200s", got.status, got.body))
	}
	other, err := a.session(ctx, me.ID)
	if err != nil {
		return err
	}
	try("with a fresh session beside", stale[domain.RoleSecurity], map[string]string{"Cookie": "zx=" + other})
	for name, b := range map[string]any{
		"wrong password": map[string]any{"password": "Wrong#2026x"}, "empty": map[string]any{"password": ""}, "nothing": map[string]any{},
		"for another session":  map[string]any{"password": a.Password, "session": "x"},
		"for somebody":         map[string]any{"password": a.Password, "user_id": me.ID},
		"at a time to come":    map[string]any{"password": a.Password, "proved_at": "2099-01-01T00:00:00Z"},
		"password of somebody": map[string]any{"password": "zhengxiao"},
	} {
		got, err := a.send(ctx, request{method: http.MethodPost, path: proof, token: stale[domain.RoleSecurity], body: b})
		a.want("proof: "+name, got, err, http.StatusUnauthorized, http.StatusUnprocessableEntity, http.StatusForbidden)
		try("after proof: "+name, stale[domain.RoleSecurity], nil)
	}
	got, err := a.send(ctx, request{method: http.MethodPost, path: proof, token: other, body: map[string]any{"password": a.Password}})
	if err != nil || got.status/100 != 2 {
		return fmt.Errorf("prove: %d %.200s %w", got.status, got.body, err)
	}
	try("after the proof of another session", stale[domain.RoleSecurity], nil)
	for name, header := range map[string]map[string]string{
		"a header that says so": {"X-Step-Up": "true", "X-Proved-At": "2099-01-01T00:00:00Z"}, "another method": {"X-HTTP-Method-Override": "GET"},
	} {
		got, err := a.send(ctx, request{method: http.MethodPost, path: wanted, token: stale[domain.RoleSecurity], body: body, header: header})
		a.note("with "+name, err == nil && (got.status == http.StatusForbidden || got.status == http.StatusMethodNotAllowed),
			fmt.Sprintf("%d %.200s", got.status, got.body))
	}
	return nil
}
