package sso

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// logoutEvent is what a token must be about that ends sessions.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// Ended is a session that a provider says is over: by person, by session or by both.
type Ended struct{ ID, Sub, SID string }

// Ended verifies a provider's word that a session of its is over (OpenID Connect
// Back-Channel Logout 1.0). Tokens that sign people in do not end their sessions: a token
// must be of the type and tell of the event, and must not have a nonce. What is not
// believed is ErrRefused, and a provider that is away CodeDown.
func (p *Provider) Ended(ctx context.Context, raw string) (Ended, error) {
	if err := typed(raw); err != nil {
		return Ended{}, err
	}
	d, err := p.discover(ctx)
	if err != nil {
		return Ended{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), p.patience)
	defer cancel()
	keys := &keyring{KeySet: d.keys}
	v := oidc.NewVerifier(p.Issuer, keys, &oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms, Now: p.now})
	t, err := v.Verify(ctx, raw)
	switch {
	case keys.away != nil:
		return Ended{}, p.down(fmt.Errorf("fetch keys: %w", keys.away))
	case err != nil:
		return Ended{}, refusedf("%v", err)
	}
	if now := p.now(); t.IssuedAt.Before(now.Add(-leeway)) || t.IssuedAt.After(now.Add(leeway)) {
		return Ended{}, refusedf("issued at another time than now")
	}
	var all rawClaims
	if err := t.Claims(&all); err != nil {
		return Ended{}, refusedf("%v", err)
	}
	return ended(all)
}

// typed reports whether a token says that it is one of this kind.
func typed(raw string) error {
	algs := make([]jose.SignatureAlgorithm, len(algorithms))
	for i, a := range algorithms {
		algs[i] = jose.SignatureAlgorithm(a)
	}
	token, err := jose.ParseSignedCompact(raw, algs)
	if err != nil {
		return refusedf("%v", err)
	}
	typ, _ := token.Signatures[0].Header.ExtraHeaders[jose.HeaderType].(string)
	if kind := strings.ToLower(typ); kind != "logout+jwt" && kind != "application/logout+jwt" {
		return refusedf("type %q is none of tokens that end sessions", typ)
	}
	return nil
}

// ended reads what a verified token says.
func ended(raw []byte) (Ended, error) {
	var c claims
	if err := json.Unmarshal(raw, &c); err != nil {
		return Ended{}, refusedf("token has no claims: %v", err)
	}
	events, _ := c["events"].(map[string]any)
	event, ok := events[logoutEvent].(map[string]any)
	_, nonce := c["nonce"]
	e := Ended{ID: c.short("jti"), Sub: c.short("sub"), SID: c.short("sid")}
	_, subject := c["sub"]
	_, session := c["sid"]
	switch {
	case !ok || event == nil:
		return Ended{}, refusedf("token tells of no session that ended")
	case nonce:
		return Ended{}, refusedf("token is one to sign in with")
	case e.ID == "":
		return Ended{}, refusedf("token has no id")
	case e.Sub == "" && e.SID == "", subject != (e.Sub != ""), session != (e.SID != ""):
		return Ended{}, refusedf("token names nobody")
	}
	return e, nil
}
