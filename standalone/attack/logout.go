package attack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// forcedLogout would end the victim's sessions in the provider's name.
func (a *attacker) forcedLogout(ctx context.Context) error {
	b, err := a.login(ctx)
	if err != nil {
		return err
	}
	got, err := a.comeBack(ctx, b)
	session := cookieOf(got, "zx")
	if err != nil || session == "" {
		return fmt.Errorf("sign in through the provider: %d %.300s %w", got.status, got.body, err)
	}
	told := func(token, to string) (answer, error) {
		return a.send(ctx, request{
			method: http.MethodPost, path: "/api/v1/sso/providers/" + to + "/backchannel-logout", body: url.Values{"logout_token": {token}}.Encode(),
			media: "application/x-www-form-urlencoded", header: map[string]string{"X-Forwarded-For": a.address()},
		})
	}
	good := a.Provider.Ended(ssoVictim, "", "")
	tries := map[string]func() (answer, error){
		"ended by nothing":          func() (answer, error) { return told("", ssoProvider) },
		"ended by half a token":     func() (answer, error) { return told(good[:len(good)/2], ssoProvider) },
		"ended by an altered token": func() (answer, error) { return told(good[:len(good)-2]+flipped(good[len(good)-2:]), ssoProvider) },
		"ended at another provider": func() (answer, error) { return told(good, "other") },
		"ended by a link": func() (answer, error) {
			return a.send(ctx, request{
				method: http.MethodPost, path: "/api/v1/sso/providers/" + ssoProvider + "/backchannel-logout?logout_token=" + good, body: "x=y",
				media: "application/x-www-form-urlencoded",
			})
		},
		"ended by another site": func() (answer, error) {
			return a.send(ctx, request{
				method: http.MethodPost, path: "/api/v1/sso/providers/" + ssoProvider + "/backchannel-logout", body: "logout_token=" + good,
				media: "application/x-www-form-urlencoded", header: map[string]string{"Sec-Fetch-Site": "cross-site"},
			})
		},
	}
	for _, wrong := range a.Provider.WrongEnds() {
		tries["ended by a token with "+wrong] = func() (answer, error) { return told(a.Provider.Ended(ssoVictim, "", wrong), ssoProvider) }
	}
	for what, try := range tries {
		if err := a.unmoved(ctx, what, try); err != nil {
			return err
		}
	}
	in := func() (bool, error) {
		got, err := a.send(ctx, request{method: http.MethodGet, path: "/api/v1/me", header: map[string]string{"Cookie": "zx=" + session}})
		return got.status == http.StatusOK, err
	}
	before, err := in()
	got, failed := told(good, ssoProvider)
	after, gone := in()
	if err := errors.Join(err, failed, gone); err != nil || !before || after || got.status != http.StatusOK {
		return fmt.Errorf("the provider ends a session: %t, %d %.300s, %t %w", before, got.status, got.body, after, err)
	}
	return a.unmoved(ctx, "ended again", func() (answer, error) { return told(good, ssoProvider) })
}
