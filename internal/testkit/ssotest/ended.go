package ssotest

import (
	"crypto/rand"
	"time"
)

// Ended is what the provider's server says when a session of a person's is over there; an
// empty sub or sid is left out. fault is what is wrong with it.
func (i *Issuer) Ended(sub, sid string, fault Fault) string {
	const event = "http://schemas.openid.net/event/backchannel-logout"
	now, typ := i.now(), "logout+jwt"
	c := map[string]any{
		"iss": i.URL, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": rand.Text(),
		"events": map[string]any{event: map[string]any{}},
	}
	for name, value := range map[string]string{"sub": sub, "sid": sid} {
		if value != "" {
			c[name] = value
		}
	}
	switch fault { //nolint:exhaustive // the others are the signature's
	case PlainType:
		typ = "JWT"
	case WithNonce:
		c["nonce"] = "x"
	case NoEvents:
		delete(c, "events")
	case OtherEvent:
		c["events"] = map[string]any{event + "s": map[string]any{}}
	case TextEvent:
		c["events"] = map[string]any{event: "true"}
	case NoID:
		delete(c, "jti")
	case NobodyEnds:
		delete(c, "sub")
		delete(c, "sid")
	case ListedSub:
		c["sub"] = []string{sub, sub}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.seal(c, fault, typ)
}
