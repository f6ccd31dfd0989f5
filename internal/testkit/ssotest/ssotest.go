// Package ssotest is an OpenID provider on this machine, for tests. It does what a provider
// does, and on demand what one must not.
package ssotest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/sso"
)

// Fault is something that a provider must not do.
type Fault string

// The faults. They hold until another is set.
const (
	Behaves      Fault = ""
	WrongNonce   Fault = "wrong nonce"
	NoNonce      Fault = "no nonce"
	AlgNone      Fault = "alg none"
	SharedKey    Fault = "HS256 with the public key"
	WrongAud     Fault = "wrong aud"
	OtherAZP     Fault = "azp of another client"
	WrongIssuer  Fault = "wrong iss"
	Expired      Fault = "expired"
	IssuedEarly  Fault = "issued before it was asked for"
	IssuedLater  Fault = "issued in the future"
	ForeignKey   Fault = "signed by a key that is not published"
	NoSubject    Fault = "no sub"
	NoToken      Fault = "no id token"
	ServerError  Fault = "500"
	Hangs        Fault = "hangs" // until another fault is set
	KeysAway     Fault = "500 for keys"
	KeysHang     Fault = "keys hang"
	TokensHang   Fault = "token endpoint hangs"
	OldToken     Fault = "the id token before this one"
	WrongMetaIss Fault = "discovery of another issuer"
	PlainTokens  Fault = "token endpoint without TLS elsewhere"
)

// The faults of tokens that end sessions.
const (
	PlainType  Fault = "no type of its own"
	WithNonce  Fault = "with a nonce"
	NoEvents   Fault = "no events"
	OtherEvent Fault = "another event"
	TextEvent  Fault = "an event that is no object"
	NoID       Fault = "no jti"
	NobodyEnds Fault = "neither sub nor sid"
	ListedSub  Fault = "several subs"
)

// WrongTokens are those faults that an id token shows.
var WrongTokens = []Fault{
	WrongNonce, NoNonce, OldToken, AlgNone, SharedKey, WrongAud, OtherAZP, WrongIssuer, Expired, IssuedEarly, IssuedLater, ForeignKey,
	NoSubject, NoToken,
}

// WrongEnds are those faults that a token shows which ends sessions.
var WrongEnds = []Fault{
	AlgNone, SharedKey, WrongAud, WrongIssuer, Expired, IssuedEarly, IssuedLater, ForeignKey, PlainType, WithNonce, NoEvents, OtherEvent, TextEvent,
	NoID, NobodyEnds, ListedSub,
}

// ClientID and ClientSecret are registered.
const (
	ClientID     = "zhengxiao"
	ClientSecret = "only-for-tests"
)

// Issuer is the provider.
type Issuer struct {
	URL string

	now func() time.Time

	mu     sync.Mutex
	fault  Fault
	claims map[string]any
	key    *ecdsa.PrivateKey
	keyID  int
	codes  map[string]grant
	last   string        // token that was given out
	other  chan struct{} // closed when another fault is set
	hung   chan struct{} // has one for each request that hangs
}

type grant struct {
	nonce, challenge, redirect string
	claims                     map[string]any
	authTime                   time.Time
}

// New starts a provider that lets everybody in as the person of Claims.
func New(t *testing.T, now func() time.Time) *Issuer {
	t.Helper()
	i, err := Start("", now)
	require.NoError(t, err)
	s := httptest.NewServer(i.Handler())
	i.URL = s.URL
	t.Cleanup(s.Close)
	t.Cleanup(func() { i.Misbehave(ServerError) }) // nothing hangs any longer
	return i
}

// Start is New for a program; address is the one it is served at.
func Start(address string, now func() time.Time) (*Issuer, error) {
	i := &Issuer{
		URL: address, now: now, codes: map[string]grant{}, claims: map[string]any{"sub": "p-1"},
		other: make(chan struct{}), hung: make(chan struct{}, hanging),
	}
	return i, i.Rotate()
}

// Handler serves the provider.
func (i *Issuer) Handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	m.HandleFunc("GET /keys", i.keys)
	m.HandleFunc("GET /authorize", i.authorize)
	m.HandleFunc("POST /token", i.token)
	m.HandleFunc("GET /logout", i.logout)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault := i.faulty()
		switch {
		case fault == ServerError, fault == KeysAway && r.URL.Path == "/keys":
			w.WriteHeader(http.StatusInternalServerError)
		case fault == Hangs, fault == KeysHang && r.URL.Path == "/keys", fault == TokensHang && r.URL.Path == "/token":
			i.hang(w, r)
		default:
			m.ServeHTTP(w, r)
		}
	})
}

// hanging is how many requests may hang.
const hanging = 16

// hang answers nothing until the asker has gone or the fault is another.
func (i *Issuer) hang(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	other := i.other
	i.mu.Unlock()
	i.hung <- struct{}{}
	select {
	case <-r.Context().Done():
	case <-other:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// AwaitHanging returns when one more request hangs.
func (i *Issuer) AwaitHanging() { <-i.hung }

func (i *Issuer) faulty() Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fault
}

// Misbehave sets what the provider does wrong from now on.
func (i *Issuer) Misbehave(f Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fault = f
	close(i.other)
	i.other = make(chan struct{})
}

// Claims sets what the provider says of whoever signs in from now on.
func (i *Issuer) Claims(c map[string]any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.claims = maps.Clone(c)
}

// Rotate replaces the signing key; the old one is published no more.
func (i *Issuer) Rotate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key, i.keyID = key, i.keyID+1
	return nil
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	tokens, issuer := i.URL+"/token", i.URL
	switch i.faulty() { //nolint:exhaustive // the others are in tokens
	case PlainTokens:
		tokens = "http://tokens.example/token"
	case WrongMetaIss:
		issuer = "https://somebody.example"
	}
	answer(w, map[string]any{
		"issuer": issuer, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": tokens,
		"jwks_uri": i.URL + "/keys", "end_session_endpoint": i.URL + "/logout",
		"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"},
	})
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: fmt.Sprint(i.keyID), Algorithm: "ES256", Use: "sig"}}})
}

// Code is what a browser that was sent to address comes back with.
func (i *Issuer) Code(address string) (state, code string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", fmt.Errorf("read address: %w", err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("client_id") != ClientID {
		return "", "", fmt.Errorf("not a request for a code with PKCE: %s", address)
	}
	at := i.now()
	i.mu.Lock()
	defer i.mu.Unlock()
	if q.Get("max_age") != "0" {
		at = at.Add(-time.Hour) // signed in there for long
	}
	code = rand.Text()
	i.codes[code] = grant{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri"), maps.Clone(i.claims), at}
	return q.Get("state"), code, nil
}

func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	state, code, err := i.Code(r.URL.String())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	to := r.URL.Query().Get("redirect_uri") + "?" + url.Values{"state": {state}, "code": {code}, "iss": {i.URL}}.Encode()
	http.Redirect(w, r, to, http.StatusFound)
}

func (i *Issuer) logout(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, r.URL.Query().Get("post_logout_redirect_uri"), http.StatusFound)
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	if err := r.ParseForm(); err != nil || id != ClientID || secret != ClientSecret {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	i.mu.Lock()
	g, ok := i.codes[r.Form.Get("code")]
	delete(i.codes, r.Form.Get("code"))
	i.mu.Unlock()
	sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
	if !ok || g.redirect != r.Form.Get("redirect_uri") || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	body := map[string]any{"access_token": "nothing", "token_type": "Bearer", "expires_in": 60}
	if i.faulty() != NoToken {
		body["id_token"] = i.given(g)
	}
	answer(w, body)
}

// given is the token for a grant.
func (i *Issuer) given(g grant) string {
	token := i.sign(g)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fault == OldToken {
		return i.last
	}
	i.last = token
	return token
}

func (i *Issuer) sign(g grant) string {
	now := i.now()
	c := map[string]any{
		"iss": i.URL, "aud": ClientID, "nonce": g.nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "auth_time": g.authTime.Unix(),
	}
	maps.Copy(c, g.claims)
	i.mu.Lock()
	defer i.mu.Unlock()
	switch i.fault { //nolint:exhaustive // the others are elsewhere
	case WrongNonce:
		c["nonce"] = "of-somebody-else"
	case NoNonce:
		delete(c, "nonce")
	case NoSubject:
		delete(c, "sub")
	}
	return i.seal(c, i.fault, "")
}

// seal signs claims, or does what a provider must not do. The caller holds mu.
func (i *Issuer) seal(c map[string]any, fault Fault, typ string) string {
	now, key := i.now(), i.key
	switch fault { //nolint:exhaustive // the others are elsewhere
	case WrongAud:
		c["aud"] = "another-client"
	case OtherAZP:
		c["aud"], c["azp"] = []string{ClientID, "another-client"}, "another-client"
	case WrongIssuer:
		c["iss"] = "https://somebody.example"
	case Expired:
		c["exp"] = now.Add(-time.Hour).Unix()
	case IssuedEarly:
		c["iat"] = now.Add(-time.Hour).Unix()
	case IssuedLater:
		c["iat"] = now.Add(time.Hour).Unix()
	case AlgNone:
		return segment(map[string]any{"alg": "none", "typ": typ}) + "." + segment(c) + "."
	case SharedKey:
		public, err := key.PublicKey.Bytes()
		if err != nil {
			return ""
		}
		return signed(jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: public, KeyID: fmt.Sprint(i.keyID)}}, typ, c)
	case ForeignKey:
		if other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err == nil {
			key = other
		}
	}
	return signed(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: fmt.Sprint(i.keyID)}}, typ, c)
}

func signed(key jose.SigningKey, typ string, claims any) string {
	raw, err := json.Marshal(claims)
	if err != nil {
		return ""
	}
	options := &jose.SignerOptions{}
	if typ != "" {
		options = options.WithType(jose.ContentType(typ))
	}
	s, err := jose.NewSigner(key, options)
	if err != nil {
		return ""
	}
	token, err := s.Sign(raw)
	if err != nil {
		return ""
	}
	text, _ := token.CompactSerialize()
	return text
}

func segment(v any) string {
	raw, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// Settings are those of a product that this provider serves.
func Settings(id, issuer string) sso.Settings {
	s := sso.Settings{ID: id, Name: "教育云", Issuer: issuer, ClientID: ClientID, SubjectClaim: "sub", Logout: true}
	return s.WithSecret(ClientSecret)
}
