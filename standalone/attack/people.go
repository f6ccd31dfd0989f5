package attack

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"zhengxiao/internal/domain"
)

// number is nobody's: no operator has given it out.
const number = "13900000000"

// people are looked for and looked at by those who have no reason to.
func (a *attacker) people(ctx context.Context) error {
	good := map[string]any{"field": "phone", "purpose": "contact", "words": "攻击测试的事由"}
	victim := a.cast.users[domain.RoleTeacher]
	path := "/api/v1/users/" + victim.ID + "/reveal"
	for name, wish := range map[string]map[string]any{
		"without purpose": {"purpose": nil}, "empty purpose": {"purpose": ""}, "purpose of its own": {"purpose": "curiosity"},
		"without words": {"words": nil}, "empty words": {"words": ""}, "few words": {"words": "看看"}, "blank words": {"words": "          "},
		"of no kind": {"field": "password_hash"}, "of all kinds": {"field": "%"}, "kinds": {"field": []string{"phone", "id_number"}},
		"as somebody": {"viewer_id": victim.ID}, "not on record": {"silent": true},
	} {
		body := maps.Clone(good)
		maps.Copy(body, wish)
		maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
		for _, role := range []domain.Role{domain.RoleSecurity, domain.RoleDistrict, domain.RoleSchoolAdmin} {
			got, err := a.send(ctx, request{method: http.MethodPost, path: path, token: a.cast.tokens[role], body: body})
			a.refused(name+" by "+string(role), got, err)
		}
	}
	for role, token := range a.cast.foreign {
		for _, field := range []string{"phone", "id_number"} {
			body := maps.Clone(good)
			body["field"] = field
			got, err := a.send(ctx, request{method: http.MethodPost, path: path, token: token, body: body})
			a.refused("foreign "+string(role)+" looks at "+field, got, err)
		}
	}
	if err := a.unmasked(ctx); err != nil {
		return err
	}
	return a.lookups(ctx)
}

// clear is a whole number of a person, as answers must not have it.
var clear18 = regexp.MustCompile(`"(?:[1-9]\d{5}(?:19|20)\d{9}[\dX]|1[3-9]\d{9})"`)

// unmasked reads everything as everybody: no number shows that nobody asked for.
func (a *attacker) unmasked(ctx context.Context) error {
	for _, o := range a.ops {
		if o.writes() || o.id == "getLive" || strings.HasPrefix(o.id, "export") || o.id == "getMyPersonal" {
			continue
		}
		for _, role := range []domain.Role{domain.RoleSysadmin, domain.RoleSecurity, domain.RoleAuditor, domain.RoleDistrict, domain.RoleSchoolAdmin} {
			got, err := a.do(ctx, a.cast.tokens[role], o, a.real)
			if err != nil {
				return err
			}
			a.note(o.id+" as "+string(role), got.status < 500 && !clear18.MatchString(got.body), clear18.FindString(got.body))
		}
	}
	return nil
}

// lookups by number find nobody by a part of one, nobody elsewhere, and come to an end.
func (a *attacker) lookups(ctx context.Context) error {
	look := func(token, field, value string) (answer, error) {
		return a.send(ctx, request{method: http.MethodPost, path: "/api/v1/privacy/lookups", token: token, body: map[string]any{
			"field": field, "value": value, "purpose": "identity", "words": "攻击测试的事由",
		}})
	}
	if !slices.ContainsFunc(a.ops, func(o operation) bool { return o.id == "findPerson" && o.path == "/api/v1/privacy/lookups" }) {
		return fmt.Errorf("find people by number: %w", errNothing)
	}
	token := a.cast.tokens[domain.RoleSecurity]
	for _, value := range []string{"%", "139%", "139", "1________0", "' OR 1=1 --", "0", number + "000"} {
		got, err := look(token, "phone", value)
		nobody := got.status == http.StatusOK && strings.Contains(got.body, `"items":[]`)
		a.note("look up "+value, err == nil && (nobody || got.status/100 == 4 && got.status != tooMany && !beside(got.body)),
			fmt.Sprintf("%d %.200s", got.status, got.body))
	}
	stopped := false
	const most = 200
	for i := range most {
		got, err := look(token, "phone", fmt.Sprintf("139%08d", i))
		if err != nil {
			return err
		}
		if got.status >= http.StatusInternalServerError {
			a.note("look up numbers one by one", false, got.body)
		}
		if stopped = got.status == tooMany && got.header.Get("Retry-After") != ""; stopped {
			break
		}
	}
	a.note("looking numbers up one by one", stopped, fmt.Sprint("never stopped in ", most))
	return nil
}
