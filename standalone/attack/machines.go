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

// machine gives another system a token that reads below an organisation.
func (a *attacker) machine(ctx context.Context, orgID, scopes, networks string) (string, *models.MachineToken, error) {
	return a.machineOf(ctx, a.cast.users[domain.RoleSecurity].ID, orgID, scopes, networks)
}

func (a *attacker) machineOf(ctx context.Context, by, orgID, scopes, networks string) (string, *models.MachineToken, error) {
	return a.Store.CreateMachineToken(ctx, models.MachineToken{
		Name: "attack", Scopes: scopes, OrgID: orgID, Networks: networks, CreatedBy: by, ExpiresAt: a.Store.Now().Add(time.Hour),
	})
}

const progressPath = "/api/v1/progress"

// machines misuse tokens that were given to other systems, and try those that were not.
func (a *attacker) machines(ctx context.Context) error {
	full, row, err := a.machine(ctx, a.cast.victim.DistrictID, "orgs,progress,results,events", "")
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	got, err := a.send(ctx, request{method: http.MethodGet, path: progressPath, token: full})
	if err != nil || got.status != http.StatusOK {
		return fmt.Errorf("a good token reads: %d %.200s %w", got.status, got.body, err)
	}
	for _, o := range a.ops { // it only reads, and never as a person
		own := strings.Contains(o.path, "/me") || strings.Contains(o.path, "privacy") || strings.Contains(o.path, "machine-tokens") ||
			strings.Contains(o.path, "audit") || o.id == "getLive" || o.id == "listTasks" || o.id == "listUsers" || o.id == "search"
		public := o.op.Security != nil && len(*o.op.Security) == 0
		if public || !o.writes() && !own {
			continue
		}
		got, err := a.do(ctx, full, o, a.real)
		a.want(o.id+" by a token", got, err, http.StatusForbidden, http.StatusUnauthorized, http.StatusNotFound)
	}
	for _, kind := range domain.Kinds() {
		got, err := a.action(ctx, full, a.cast.victim.ID, kind, newKey(), map[string]any{"visit": 1})
		a.want(string(kind)+" by a token", got, err, http.StatusForbidden)
	}
	if err := a.foreignMachine(ctx); err != nil {
		return err
	}
	a.forgedMachines(ctx, full)
	got, err = a.send(ctx, request{method: http.MethodDelete, path: "/api/v1/machine-tokens/" + row.ID, token: a.cast.tokens[domain.RoleSecurity]})
	if err != nil || got.status != http.StatusNoContent {
		return fmt.Errorf("revoke token: %d %.200s %w", got.status, got.body, err)
	}
	got, err = a.send(ctx, request{method: http.MethodGet, path: progressPath, token: full})
	a.want("revoked", got, err, http.StatusUnauthorized)
	return a.limitedMachines(ctx)
}

// foreignMachine reads what is not below its organisation.
func (a *attacker) foreignMachine(ctx context.Context) error {
	var other models.Case
	if err := a.Store.DB(ctx).Where("district_id <> ?", a.cast.victim.DistrictID).Take(&other).Error; err != nil {
		return fmt.Errorf("a case elsewhere: %w", err)
	}
	token, _, err := a.machine(ctx, other.DistrictID, "orgs,progress,results,events", "")
	if err != nil {
		return err
	}
	for _, o := range a.ops {
		if o.writes() || !strings.HasPrefix(o.path, "/api/v1/cases/{caseId}") || strings.Count(o.path, "{") > 1 {
			continue
		}
		got, err := a.do(ctx, token, o, a.real)
		a.want(o.id+" of others", got, err, http.StatusNotFound, http.StatusForbidden)
	}
	got, err := a.send(ctx, request{method: http.MethodGet, path: progressPath + "?limit=200", token: token})
	a.note("progress of others", err == nil && got.status == http.StatusOK && !strings.Contains(got.body, a.cast.victim.ID), got.body)
	return nil
}

// forgedMachines are tokens that are almost the good one.
func (a *attacker) forgedMachines(ctx context.Context, good string) {
	last := "A"
	if strings.HasSuffix(good, last) {
		last = "B"
	}
	for name, token := range map[string]string{
		"altered": good[:len(good)-1] + last, "shorter": good[:len(good)-1], "longer": good + "A", "only its beginning": models.MachinePrefix,
		"as shown in lists": good[:12], "wildcard": models.MachinePrefix + "%", "SQL": models.MachinePrefix + "' OR '1'='1",
		"hash": auth.HashToken(good), "hash as token": models.MachinePrefix + auth.HashToken(good),
		"without beginning": strings.TrimPrefix(good, models.MachinePrefix),
		"other case":        strings.ToUpper(good), "twice": good + "," + good,
	} {
		got, err := a.send(ctx, request{method: http.MethodGet, path: progressPath, token: token})
		a.want("token "+name, got, err, http.StatusUnauthorized)
	}
	for name, r := range map[string]request{
		"as cookie":         {header: map[string]string{"Cookie": "zx=" + good}},
		"as hosted cookie":  {header: map[string]string{"Cookie": "__Host-zx=" + good}},
		"in the address":    {path: progressPath + "?token=" + good + "&access_token=" + good},
		"as a key":          {header: map[string]string{"X-API-Key": good}},
		"by basic":          {header: map[string]string{"Authorization": "Basic " + good}},
		"without a scheme":  {header: map[string]string{"Authorization": good}},
		"in another header": {header: map[string]string{"Proxy-Authorization": "Bearer " + good}},
	} {
		r.method = http.MethodGet
		if r.path == "" {
			r.path = progressPath
		}
		got, err := a.send(ctx, r)
		a.want("token "+name, got, err, http.StatusUnauthorized, http.StatusUnprocessableEntity)
	}
}

// limitedMachines have too few scopes, come from elsewhere or too late.
func (a *attacker) limitedMachines(ctx context.Context) error {
	narrow, _, err := a.machine(ctx, a.cast.victim.DistrictID, "progress", "")
	if err != nil {
		return err
	}
	for _, path := range []string{"/api/v1/orgs", "/api/v1/events", "/api/v1/cases/" + a.cast.victim.ID + "/credits"} {
		got, err := a.send(ctx, request{method: http.MethodGet, path: path, token: narrow})
		a.want("out of scope "+path, got, err, http.StatusForbidden)
	}
	fenced, _, err := a.machine(ctx, a.cast.victim.DistrictID, "progress", "203.0.113.0/24")
	if err != nil {
		return err
	}
	for _, from := range []string{"", "198.51.100.1", "203.0.113.7, 198.51.100.1", "::1", "203.0.114.1", "x", "203.0.113.7:80, 10.0.0.1"} {
		r := request{method: http.MethodGet, path: progressPath, token: fenced, header: map[string]string{"X-Real-IP": "203.0.113.7",
			"Forwarded": "for=203.0.113.7", "True-Client-IP": "203.0.113.7"}}
		if from != "" {
			r.header["X-Forwarded-For"] = from
		}
		got, err := a.send(ctx, r)
		a.want("from outside: "+from, got, err, http.StatusForbidden)
	}
	got, err := a.send(ctx, request{
		method: http.MethodGet, path: progressPath, token: fenced, header: map[string]string{"X-Forwarded-For": "203.0.113.7"},
	})
	if err != nil || got.status != http.StatusOK {
		return fmt.Errorf("a token from its network reads: %d %.200s %w", got.status, got.body, err)
	}
	ended, row, err := a.machine(ctx, a.cast.victim.DistrictID, "progress", "")
	if err == nil {
		err = a.Store.DB(ctx).Model(row).Update("expires_at", a.Store.Now()).Error
	}
	if err != nil {
		return err
	}
	got, err = a.send(ctx, request{method: http.MethodGet, path: progressPath, token: ended})
	a.want("ended", got, err, http.StatusUnauthorized)
	return nil
}
