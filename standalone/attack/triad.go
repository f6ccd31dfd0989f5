package attack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// triad would have one person do what takes two of 三员, or hold two of their seats.
func (a *attacker) triad(ctx context.Context) error {
	three := []domain.Role{domain.RoleSysadmin, domain.RoleSecurity, domain.RoleAudit}
	for _, asker := range domain.Roles() {
		for _, about := range three {
			for _, seat := range three {
				if seat == about || asker == domain.RoleSecurity && about != domain.RoleSecurity && seat != about {
					continue // two seats for one person follow below
				}
				got, err := a.ask(ctx, asker, a.cast.users[asker], seat)
				a.refused(fmt.Sprintf("%s asks to be %s", asker, seat), got, err)
			}
		}
	}
	for _, holder := range three {
		for _, seat := range three {
			if seat == holder {
				continue
			}
			got, err := a.ask(ctx, domain.RoleSecurity, a.cast.users[holder], seat)
			a.refused(fmt.Sprintf("%s as %s, too", holder, seat), got, err)
			got, err = a.grantSeat(ctx, a.cast.users[holder], seat)
			a.refused(fmt.Sprintf("%s granted %s past the second person", holder, seat), got, err)
		}
	}
	for _, o := range a.ops { // accounts of the three are changed by nobody alone
		if o.id != "disableUser" && o.id != "resetPassword" && o.id != "resetSecondFactor" {
			continue
		}
		for _, by := range []domain.Role{domain.RoleSysadmin, domain.RoleSecurity, domain.RoleDistrict, domain.RoleSchoolAdmin} {
			for _, about := range three {
				got, err := a.do(ctx, a.cast.tokens[by], o, func(string) string { return a.cast.users[about].ID })
				a.refused(fmt.Sprintf("%s: %s by %s", o.id, about, by), got, err)
			}
		}
	}
	return a.alone(ctx)
}

func (a *attacker) ask(ctx context.Context, by domain.Role, about models.User, seat domain.Role) (answer, error) {
	return a.send(ctx, request{
		method: http.MethodPost, path: "/api/v1/admin-changes", token: a.cast.tokens[by],
		body: map[string]any{"kind": "grant", "user_id": about.ID, "role": seat, "org_id": a.cast.users[domain.RoleSysadmin].OrgID, "reason": "攻击测试"},
	})
}

func (a *attacker) grantSeat(ctx context.Context, u models.User, seat domain.Role) (answer, error) {
	for _, o := range a.ops {
		if o.id == "addGrant" {
			return a.do(ctx, a.cast.tokens[domain.RoleSecurity], o, func(p string) string {
				return map[string]string{"userId": u.ID, "role": string(seat), "orgId": u.OrgID}[p]
			})
		}
	}
	return answer{}, errNothing
}

// alone asks for a change and has it decided by people who may not, then by many at once.
func (a *attacker) alone(ctx context.Context) error {
	about, err := a.somebody(ctx, domain.RoleInspector, "users.org_id = ?", a.cast.users[domain.RoleInspector].OrgID)
	if err != nil {
		return err
	}
	got, err := a.ask(ctx, domain.RoleSecurity, about, domain.RoleAudit)
	if err != nil || got.status != http.StatusCreated {
		return fmt.Errorf("ask for a change: %d %.300s %w", got.status, got.body, err)
	}
	var change gen.AdminChangeRef
	if err := json.Unmarshal([]byte(got.body), &change); err != nil {
		return fmt.Errorf("change: %w", err)
	}
	path := "/api/v1/admin-changes/" + change.Id + "/decision"
	decide := func(token string, approve bool) (answer, error) {
		return a.send(ctx, request{method: http.MethodPost, path: path, token: token, body: map[string]any{"approve": approve}})
	}
	own, err := a.session(ctx, about.ID)
	if err != nil {
		return err
	}
	got, err = decide(own, true)
	a.refused("whom it is about decides", got, err)
	for role, token := range a.cast.tokens {
		if role == domain.RoleSysadmin { // decides where there is no other security administrator
			continue
		}
		got, err := decide(token, true)
		a.refused(string(role)+" decides", got, err)
	}
	for role, token := range a.cast.foreign {
		got, err := decide(token, true)
		a.refused("foreign "+string(role)+" decides", got, err)
	}
	if a.holds(ctx, about.ID, domain.RoleAudit) {
		a.note("nobody became anything", false, about.Login)
	}
	return a.decideAtOnce(ctx, path, about.ID)
}

func (a *attacker) holds(ctx context.Context, userID string, role domain.Role) bool {
	var n int64
	err := a.Store.DB(ctx).Model(&models.Grant{}).Where("user_id = ? AND role = ?", userID, role).Count(&n).Error
	return err != nil || n > 0
}

// decideAtOnce says no and takes back many times together: one of them counts.
func (a *attacker) decideAtOnce(ctx context.Context, path, userID string) error {
	const times = 8
	statuses := make([]int, times)
	var wg sync.WaitGroup
	for i := range times {
		wg.Go(func() {
			got, err := a.send(ctx, request{
				method: http.MethodPost, path: path, token: a.cast.tokens[[]domain.Role{domain.RoleSecurity, domain.RoleSysadmin}[i%2]],
				body: map[string]any{"approve": false},
			})
			if err == nil {
				statuses[i] = got.status
			}
		})
	}
	wg.Wait()
	won := 0
	for _, s := range statuses {
		switch s {
		case http.StatusOK:
			won++
		case http.StatusConflict, http.StatusForbidden:
		default:
			a.note("one of many decides", false, fmt.Sprint(statuses))
		}
	}
	a.note("of many decisions at once one counts", won == 1, fmt.Sprint(statuses))
	a.note("what was declined gives nothing", !a.holds(ctx, userID, domain.RoleAudit), userID)
	return nil
}
