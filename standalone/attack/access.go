package attack

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"zhengxiao/api"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
)

// strangers try every operation without a session.
func (a *attacker) strangers(ctx context.Context) error {
	for _, o := range a.ops {
		_, open, known := api.Allowed(o.id)
		if !known {
			a.note(o.id, false, "no rule in the access table")
			continue
		}
		if open {
			continue
		}
		got, err := a.do(ctx, "", o, a.real)
		a.want(o.id, got, err, http.StatusUnauthorized)
	}
	return nil
}

// forgedSessions are tokens that nobody was given.
func (a *attacker) forgedSessions(ctx context.Context) error {
	good := a.cast.tokens[domain.RoleTeacher]
	ended, err := a.session(ctx, a.cast.users[domain.RoleTeacher].ID)
	if err != nil {
		return err
	}
	if got, err := a.send(ctx, request{method: http.MethodDelete, path: "/api/v1/sessions/current", token: ended}); err != nil ||
		got.status != http.StatusNoContent {
		return fmt.Errorf("sign out: %d %w", got.status, err)
	}
	for name, token := range map[string]string{
		"signed out": ended, "empty": " ", "word": "admin", "null": "null", "SQL": "' OR '1'='1", "longer": good + "A", "shorter": good[:len(good)-1],
		"other case": strings.ToUpper(good), "JWT without signature": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.", "very long": strings.Repeat("A", 8000),
		"wildcard": "%", "list": good + "," + good,
	} {
		for _, header := range []map[string]string{{"Authorization": "Bearer " + token}, {"Cookie": "zx=" + strings.ReplaceAll(token, ",", "%2C")}} {
			if name == "list" && header["Cookie"] != "" {
				continue
			}
			got, err := a.send(ctx, request{method: http.MethodGet, path: "/api/v1/me", header: header})
			a.want(name, got, err, http.StatusUnauthorized, http.StatusRequestHeaderFieldsTooLarge)
		}
	}
	for name, r := range map[string]request{
		"token in the address": {method: http.MethodGet, path: "/api/v1/me?token=" + good + "&access_token=" + good},
		"token as basic":       {method: http.MethodGet, path: "/api/v1/me", header: map[string]string{"Authorization": "Basic " + good}},
		"cookie of other name": {method: http.MethodGet, path: "/api/v1/me",
			header: map[string]string{"Cookie": "__Host-zx=" + good + "; session=" + good}},
		"hash in place of token": {method: http.MethodGet, path: "/api/v1/me", token: auth.HashToken(good)},
		"identity by header": {method: http.MethodGet, path: "/api/v1/me", header: map[string]string{"X-User": "admin",
			"X-Forwarded-User": "admin", "X-Remote-User": "admin"}},
	} {
		got, err := a.send(ctx, r)
		a.want(name, got, err, http.StatusUnauthorized)
	}
	return a.fixation(ctx)
}

// fixation brings a session along to a login, which must give another one.
func (a *attacker) fixation(ctx context.Context) error {
	planted, u := strings.Repeat("A", 43), a.cast.users[domain.RoleSchoolAdmin]
	got, err := a.send(ctx, request{
		method: http.MethodPost, path: "/api/v1/sessions", body: map[string]any{"login": u.Login, "password": a.Password},
		header: map[string]string{"Cookie": "zx=" + planted},
	})
	if err != nil {
		return err
	}
	a.note("session fixation: new token at login", got.status == http.StatusOK && !strings.Contains(got.header.Get("Set-Cookie"), planted), got.body)
	cookie := got.header.Get("Set-Cookie")
	a.note("cookie is fenced in", strings.Contains(cookie, "HttpOnly") && strings.Contains(cookie, "SameSite=Lax"), cookie)
	got, err = a.send(ctx, request{method: http.MethodGet, path: "/api/v1/me", header: map[string]string{"Cookie": "zx=" + planted}})
	a.want("session fixation: planted token", got, err, http.StatusUnauthorized)
	return nil
}

// crossSite has a browser of somebody signed in send what another site wants.
func (a *attacker) crossSite(ctx context.Context) error {
	cookie := "zx=" + a.cast.tokens[domain.RoleSysadmin]
	for _, o := range a.ops {
		if !o.writes() || o.id == "login" {
			continue
		}
		body, media := o.body()
		for name, header := range map[string]map[string]string{
			"cross-site": {"Sec-Fetch-Site": "cross-site"}, "same-site": {"Sec-Fetch-Site": "same-site"}, "origin": {"Origin": "https://evil.example"},
			"null": {"Origin": "null"},
		} {
			header["Cookie"], header[keyHeader] = cookie, newKey()
			got, err := a.send(ctx, request{method: o.method, path: o.at(a.nothing), body: body, media: media, header: header})
			a.want(o.id+" "+name, got, err, http.StatusForbidden)
		}
	}
	return nil
}

// otherRoles try every operation as every role that may not.
func (a *attacker) otherRoles(ctx context.Context) error {
	for _, o := range a.ops {
		allowed, open, _ := api.Allowed(o.id)
		if open || allowed == nil {
			continue
		}
		for _, role := range domain.Roles() {
			if slices.Contains(allowed, role) || a.holdsAny(ctx, role, allowed) {
				continue
			}
			got, err := a.do(ctx, a.cast.tokens[role], o, a.real)
			a.want(o.id+" as "+string(role), got, err, http.StatusForbidden, http.StatusNotFound)
		}
	}
	return nil
}

// holdsAny reports whether the person of a role has one of others as well.
func (a *attacker) holdsAny(ctx context.Context, role domain.Role, others []domain.Role) bool {
	grants, err := a.Store.GrantsNow(ctx, a.cast.users[role].ID)
	if err != nil {
		return true
	}
	for _, g := range grants {
		if slices.Contains(others, g.Role) {
			return true
		}
	}
	return false
}

// otherActions try every action of a case as every role that may not take it.
func (a *attacker) otherActions(ctx context.Context) error {
	for _, kind := range append(domain.Kinds(), domain.SystemRung, domain.SystemCredited, "drop.table") {
		for _, role := range domain.Roles() {
			if slices.Contains(domain.RolesFor(kind), role) || a.holdsAny(ctx, role, domain.RolesFor(kind)) {
				continue
			}
			got, err := a.send(ctx, request{
				method: http.MethodPost, path: "/api/v1/cases/" + a.cast.victim.ID + "/actions/" + string(kind), token: a.cast.tokens[role],
				body: map[string]any{"visit": 1}, header: map[string]string{keyHeader: newKey()},
			})
			a.want(string(kind)+" as "+string(role), got, err, http.StatusForbidden, http.StatusNotFound)
		}
	}
	return nil
}

// otherObjects name objects of the victim's as somebody else: whatever is answered must
// not differ from the answer for objects that do not exist. Some marks may be made twice
// and are 204 either way; that they change nothing shows in the database.
func (a *attacker) otherObjects(ctx context.Context) error {
	for _, o := range a.ops {
		if !slices.ContainsFunc(o.params, func(p string) bool { _, common := shared[p]; return !common }) {
			continue
		}
		for role, token := range a.cast.foreign {
			if strings.Contains(o.path, "bulletin") && role != domain.RoleTeacher {
				continue // sent to every school
			}
			theirs, err := a.do(ctx, token, o, a.real)
			if err != nil {
				return err
			}
			none, err := a.do(ctx, token, o, a.nothing)
			if err != nil {
				return err
			}
			a.note(o.id+" as foreign "+string(role), same(theirs, none) && theirs.status < 500 && theirs.status != tooMany,
				fmt.Sprintf("theirs: %d %.160s; nothing: %d %.160s", theirs.status, theirs.body, none.status, none.body))
		}
	}
	return nil
}

// otherLists read every list as somebody else: nothing of the victim's may show.
func (a *attacker) otherLists(ctx context.Context) error {
	var secrets []string
	for _, q := range []string{
		"SELECT id FROM cases WHERE district_id = @district", "SELECT id FROM users WHERE org_id = @school",
		"SELECT login FROM users WHERE org_id = @school",
		"SELECT f.id FROM files f JOIN cases c ON c.id = f.case_id WHERE c.district_id = @district",
	} {
		var ids []string
		if err := a.Store.DB(ctx).Raw(q, map[string]any{"district": a.cast.victim.DistrictID,
			"school": a.cast.victim.SchoolID}).Scan(&ids).Error; err != nil {
			return err
		}
		secrets = append(secrets, ids...)
	}
	if len(secrets) == 0 {
		return errNothing
	}
	for _, o := range a.ops {
		if o.writes() || slices.ContainsFunc(o.params, func(p string) bool { _, common := shared[p]; return !common }) || o.id == "getLive" {
			continue
		}
		for role, token := range a.cast.foreign {
			got, err := a.do(ctx, token, o, a.real)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(secrets, func(s string) bool { return strings.Contains(got.body, `"`+s+`"`) })
			what := o.id + " as foreign " + string(role)
			a.note(what, i < 0 && got.status < 500, fmt.Sprintf("%d shows %s", got.status, secrets[max(i, 0)]))
		}
	}
	return nil
}
