package attack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/app"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/sso"
	"zhengxiao/models"
)

// The provider of the edition that is attacked, and who the victim is there.
const (
	ssoProvider = "edu"
	ssoVictim   = "attack-victim"
	ssoStranger = "attack-stranger"
)

const (
	ssoAttempts   = "/api/v1/sso/providers/" + ssoProvider + "/attempts"
	ssoLinks      = "/api/v1/me/links/" + ssoProvider
	ssoCompletion = "/api/v1/sso/completion"
)

// Provider is an OpenID provider that says what it is told to say.
type Provider interface {
	// Code is what a browser that was sent to address comes back with.
	Code(address string) (state, code string, err error)
	// Claims are what it says of whoever signs in from now on.
	Claims(map[string]any)
	// Lie has it tell one of Lies from now on, or the truth for "".
	Lie(string)
	Lies() []string
	// Ended is its word that a session of a person's is over, or one of WrongEnds of it.
	Ended(sub, sid, wrong string) string
	WrongEnds() []string
}

// SSO are the settings of the provider that has to be there: a mapping names what no
// mapping may give.
func SSO(s sso.Settings) sso.Settings {
	s.ID, s.Roles = ssoProvider, &sso.Mapping{Claim: "roles"}
	for _, seat := range []domain.Role{domain.RoleSysadmin, domain.RoleSecurity, domain.RoleAudit} {
		s.Roles.Rules = append(s.Roles.Rules, sso.Rule{Value: "root", Role: seat, Org: app.DefaultRoot().CityCode})
	}
	return s
}

// browser is one that was sent to the provider, with what it holds.
type browser struct {
	session, attempt string // cookies
	back             gen.SsoCompletion
}

func (b browser) cookies() string {
	var all []string
	for name, value := range map[string]string{"zx": b.session, "zx-sso": b.attempt} {
		if value != "" {
			all = append(all, name+"="+value)
		}
	}
	return strings.Join(all, "; ")
}

// address gives each attempt an address of its own, so that none is refused for the others.
func (a *attacker) address() string {
	a.addresses++
	return fmt.Sprintf("198.18.%d.%d", a.addresses/250, a.addresses%250+1)
}

func (a *attacker) browse(ctx context.Context, b browser, path string, body any) (answer, error) {
	header := map[string]string{"X-Forwarded-For": a.address()}
	if c := b.cookies(); c != "" {
		header["Cookie"] = c
	}
	return a.send(ctx, request{method: http.MethodPost, path: path, body: body, header: header})
}

// goThere sends a browser to the provider, where it signs in as whom the provider says.
func (a *attacker) goThere(ctx context.Context, session, path string, body any) (browser, error) {
	b := browser{session: session}
	got, err := a.browse(ctx, b, path, body)
	if err != nil || got.status != http.StatusOK {
		return b, fmt.Errorf("begin at %s: %d %.300s %w", path, got.status, got.body, err)
	}
	var to gen.SsoAddress
	if err := json.Unmarshal([]byte(got.body), &to); err != nil {
		return b, fmt.Errorf("address: %w", err)
	}
	b.attempt = cookieOf(got, "zx-sso")
	b.back.State, b.back.Code, err = a.Provider.Code(to.Address)
	return b, err
}

func cookieOf(got answer, name string) string {
	for _, line := range got.header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (a *attacker) login(ctx context.Context) (browser, error) {
	return a.goThere(ctx, "", ssoAttempts, gen.SsoLogin{ReturnTo: "/"})
}

func (a *attacker) comeBack(ctx context.Context, b browser) (answer, error) {
	return a.browse(ctx, b, ssoCompletion, b.back)
}

// won is what a login through a provider may change: who is signed in, and who is whose.
func (a *attacker) won(ctx context.Context) (map[string]string, error) {
	now := map[string]string{}
	for _, t := range []string{"sessions", "linked_logins", "grants", "sso_grants", "users"} {
		var err error
		if now[t], err = a.sum(ctx, t); err != nil {
			return nil, err
		}
	}
	return now, nil
}

// nowhere finishes a login that must get nowhere, whatever is answered.
func (a *attacker) nowhere(ctx context.Context, what string, b browser) error {
	return a.unmoved(ctx, what, func() (answer, error) { return a.comeBack(ctx, b) })
}

// unmoved tries what must be refused and change nothing.
func (a *attacker) unmoved(ctx context.Context, what string, try func() (answer, error)) error {
	before, err := a.won(ctx)
	if err != nil {
		return err
	}
	got, err := try()
	a.refused(what, got, err)
	a.note(what+": no session", cookieOf(got, "zx") == "", got.header.Get("Set-Cookie"))
	after, err := a.won(ctx)
	changed := differing(before, after)
	a.note(what+": nothing came of it", len(changed) == 0, strings.Join(changed, ", "))
	return err
}

// sso would sign in as somebody else through the provider, or become more by it.
func (a *attacker) sso(ctx context.Context) error {
	victim := a.cast.users[domain.RoleInspector]
	if err := a.Store.LinkLogin(ctx, ssoProvider, ssoVictim, victim.ID); err != nil {
		return fmt.Errorf("link victim: %w", err)
	}
	a.Provider.Claims(map[string]any{"sub": ssoVictim, "roles": []string{"root"}})
	for _, step := range []func(context.Context) error{
		a.goodLogin, a.forcedLogout, a.forgedStates, a.codesOfOthers, a.misbehaving, a.openReturns, a.linking, a.strangersThere, a.barred,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	a.unmapped(ctx, victim)
	return nil
}

// goodLogin works: otherwise that nothing else does would prove nothing.
func (a *attacker) goodLogin(ctx context.Context) error {
	b, err := a.login(ctx)
	if err != nil {
		return err
	}
	got, err := a.comeBack(ctx, b)
	if err != nil || got.status != http.StatusOK || cookieOf(got, "zx") == "" {
		return fmt.Errorf("sign in through the provider: %d %.300s %w", got.status, got.body, err)
	}
	if err := a.nowhere(ctx, "the same answer again", b); err != nil {
		return err
	}
	other, err := a.login(ctx)
	if err != nil {
		return err
	}
	other.back.Code = b.back.Code
	return a.nowhere(ctx, "a code that was used", other)
}

// forgedStates bring an answer that this browser did not ask for.
func (a *attacker) forgedStates(ctx context.Context) error {
	forge := map[string]func(mine, other *browser){
		"no state":                     func(b, _ *browser) { b.back.State = "" },
		"a made-up state":              func(b, _ *browser) { b.back.State = auth.NewToken() },
		"a state that is altered":      func(b, _ *browser) { b.back.State = flipped(b.back.State) },
		"a shorter state":              func(b, _ *browser) { b.back.State = b.back.State[1:] },
		"the state twice":              func(b, _ *browser) { b.back.State += b.back.State },
		"the secret as state":          func(b, _ *browser) { b.back.State = b.attempt },
		"the stored hash as state":     func(b, _ *browser) { b.back.State = auth.HashToken(b.attempt) },
		"the state of another browser": func(b, o *browser) { b.back.State = o.back.State },
		"the answer of another":        func(b, o *browser) { b.back = o.back },
		"without the cookie":           func(b, _ *browser) { b.attempt = "" },
		"the cookie of another":        func(b, o *browser) { b.attempt = o.attempt },
		"an altered cookie":            func(b, _ *browser) { b.attempt = flipped(b.attempt) },
		"the stored hash as cookie":    func(b, _ *browser) { b.attempt = auth.HashToken(b.attempt) },
		"another issuer":               func(b, _ *browser) { b.back.Iss = "https://evil.example" },
		"an error as well":             func(b, _ *browser) { b.back.Error = "access_denied" },
	}
	for _, what := range slices.Sorted(maps.Keys(forge)) {
		mine, err := a.login(ctx)
		if err != nil {
			return err
		}
		other, err := a.login(ctx)
		if err != nil {
			return err
		}
		forge[what](&mine, &other)
		if err := a.nowhere(ctx, what, mine); err != nil {
			return err
		}
	}
	return nil
}

func flipped(text string) string {
	if strings.HasPrefix(text, "A") {
		return "B" + text[1:]
	}
	return "A" + text[1:]
}

// codesOfOthers bring a code that the provider gave to somebody else, or to nobody.
func (a *attacker) codesOfOthers(ctx context.Context) error {
	for _, what := range []string{"of another request", "made up", "", "' OR 1=1 --", strings.Repeat("x", 3000), "a\x00b", "a&code=b"} {
		b, err := a.login(ctx)
		if err != nil {
			return err
		}
		b.back.Code = what
		if what == "of another request" {
			other, err := a.login(ctx)
			if err != nil {
				return err
			}
			b.back.Code = other.back.Code
		}
		if err := a.nowhere(ctx, fmt.Sprintf("code %.20q", what), b); err != nil {
			return err
		}
	}
	return nil
}

// misbehaving has the provider, or who speaks for it, say what must not be believed.
func (a *attacker) misbehaving(ctx context.Context) error {
	defer a.Provider.Lie("")
	for _, lie := range a.Provider.Lies() {
		a.Provider.Lie("")
		b, err := a.login(ctx)
		if err != nil {
			return err
		}
		a.Provider.Lie(lie)
		if err := a.nowhere(ctx, "a token with "+lie, b); err != nil {
			return err
		}
	}
	return nil
}

// openReturns would have somebody who signs in end elsewhere.
func (a *attacker) openReturns(ctx context.Context) error {
	for _, to := range []string{
		"//evil.example", "https://evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, "javascript:alert(1)", "data:text/html,x",
		"/\t/evil.example", "/\r\nSet-Cookie: zx=x", "evil.example", "/%09/evil.example\\", "https:evil.example", " //evil.example",
	} {
		got, err := a.browse(ctx, browser{}, ssoAttempts, gen.SsoLogin{ReturnTo: to})
		if err == nil && got.status == http.StatusUnprocessableEntity {
			a.refused(fmt.Sprintf("back to %q", to), got, err)
			continue
		}
		b, err := a.goThere(ctx, "", ssoAttempts, gen.SsoLogin{ReturnTo: to})
		if err != nil {
			return err
		}
		got, err = a.comeBack(ctx, b)
		var done gen.SsoDone
		err = errors.Join(err, json.Unmarshal([]byte(got.body), &done))
		own := strings.HasPrefix(done.ReturnTo, "/") && !strings.HasPrefix(done.ReturnTo, "//") && !strings.ContainsAny(done.ReturnTo, "\\\r\n\t")
		a.note(fmt.Sprintf("back to %q", to), err == nil && own, done.ReturnTo)
	}
	return nil
}

// linking would have a person of the provider let into an account that is not theirs.
func (a *attacker) linking(ctx context.Context) error {
	victim, thief := a.cast.users[domain.RoleBureau], a.cast.users[domain.RoleDistrict]
	a.Provider.Claims(map[string]any{"sub": ssoStranger})
	old, err := a.stale(ctx, victim.ID)
	if err != nil {
		return err
	}
	err = a.unmoved(ctx, "link without a fresh proof", func() (answer, error) {
		got, err := a.browse(ctx, browser{session: old}, ssoLinks, nil)
		if err == nil && got.status == http.StatusForbidden { // what is asked for first is the refusal here
			got.body = ""
		}
		return got, err
	})
	if err != nil {
		return err
	}
	sessions := map[string]string{}
	for name, u := range map[string]models.User{"thief": thief, "victim": victim, "victim elsewhere": victim} {
		if sessions[name], err = a.session(ctx, u.ID); err != nil {
			return err
		}
	}
	// Who is sent on with somebody else's answer, or answers for another session.
	for what, finish := range map[string]string{
		"link finished in another's session": sessions["thief"], "link finished in another session": sessions["victim elsewhere"],
		"link finished without a session": "", "link finished in an old session": old,
	} {
		b, err := a.goThere(ctx, sessions["victim"], ssoLinks, nil)
		if err != nil {
			return err
		}
		b.session = finish
		if err := a.nowhere(ctx, what, b); err != nil {
			return err
		}
	}
	mine, err := a.goThere(ctx, sessions["thief"], ssoLinks, nil)
	if err != nil {
		return err
	}
	mine.session, mine.attempt = sessions["victim"], ""
	if err := a.nowhere(ctx, "the thief's answer in the victim's browser", mine); err != nil {
		return err
	}
	return a.stolen(ctx, sessions)
}

// stolen would link a person of the provider to a second account, and prove with one who
// is not linked.
func (a *attacker) stolen(ctx context.Context, sessions map[string]string) error {
	a.Provider.Claims(map[string]any{"sub": ssoVictim})
	for what, path := range map[string]string{
		"link who is linked to another":       ssoLinks,
		"prove by somebody who is not linked": "/api/v1/sessions/current/sso-proof/" + ssoProvider,
	} {
		b, err := a.goThere(ctx, sessions["thief"], path, nil)
		if err != nil {
			return err
		}
		if err := a.nowhere(ctx, what, b); err != nil {
			return err
		}
	}
	return nil
}

// strangersThere are known to the provider and not here.
func (a *attacker) strangersThere(ctx context.Context) error {
	admin := a.cast.users[domain.RoleSysadmin]
	for what, claims := range map[string]map[string]any{
		"nobody's subject":          {"sub": ssoStranger},
		"the login of an account":   {"sub": ssoStranger, "preferred_username": admin.Login, "login": admin.Login, "email": admin.Login + "@example.org"},
		"the id of an account":      {"sub": admin.ID},
		"the login as subject":      {"sub": admin.Login},
		"the victim in other case":  {"sub": strings.ToUpper(ssoVictim)},
		"the victim with a blank":   {"sub": ssoVictim + " "},
		"the victim with a nothing": {"sub": ssoVictim + "\x00"},
		"several subjects":          {"sub": []string{ssoVictim, "x"}},
		"the stored subject":        {"sub": models.SubjectOf(ssoProvider, ssoVictim)},
	} {
		a.Provider.Claims(claims)
		b, err := a.login(ctx)
		if err != nil {
			return err
		}
		if err := a.nowhere(ctx, what, b); err != nil {
			return err
		}
	}
	for _, id := range []string{"other", "%65du2", "edu%00", "..%2fedu", "EDU", "edu' OR '1'='1"} {
		path := "/api/v1/sso/providers/" + strings.ReplaceAll(id, " ", "%20") + "/attempts"
		err := a.unmoved(ctx, "provider "+id, func() (answer, error) { return a.browse(ctx, browser{}, path, gen.SsoLogin{ReturnTo: "/"}) })
		if err != nil {
			return err
		}
	}
	return nil
}

// barred is somebody whose account is disabled or locked here.
func (a *attacker) barred(ctx context.Context) error {
	a.Provider.Claims(map[string]any{"sub": ssoVictim})
	victim := a.cast.users[domain.RoleInspector]
	for column, now := range map[string][2]any{
		"disabled": {true, false}, "locked_until": {a.Store.Now().AddDate(0, 0, 1), nil},
	} {
		row := a.Store.DB(ctx).Model(&models.User{}).Where("id = ?", victim.ID)
		b, err := a.login(ctx)
		if err == nil {
			err = row.UpdateColumn(column, now[0]).Error
		}
		if err != nil {
			return fmt.Errorf("bar the victim: %w", err)
		}
		what := "an account with " + column
		before, err := a.won(ctx)
		if err != nil {
			return err
		}
		got, err := a.comeBack(ctx, b)
		a.want(what, got, err, http.StatusUnauthorized, tooMany)
		after, err := a.won(ctx)
		changed := differing(before, after)
		a.note(what+": nothing came of it", len(changed) == 0 && cookieOf(got, "zx") == "", strings.Join(changed, ", "))
		if err == nil {
			err = a.Store.DB(ctx).Model(&models.User{}).Where("id = ?", victim.ID).UpdateColumn(column, now[1]).Error
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unmapped looks whether a mapping has made one of 三员.
func (a *attacker) unmapped(ctx context.Context, victim models.User) {
	for _, role := range []domain.Role{domain.RoleSysadmin, domain.RoleSecurity, domain.RoleAudit} {
		a.note("a mapping gives "+string(role), !a.holds(ctx, victim.ID, role), victim.Login)
	}
}
