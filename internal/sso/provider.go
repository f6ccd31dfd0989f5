package sso

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"zhengxiao/internal/apperr"
)

// The ways a login through a provider ends.
const (
	CodeDown    apperr.Code = "sso_unavailable" // the provider does not answer as it should
	CodeRefused apperr.Code = "sso_refused"     // what it answered is not believed
)

const (
	patience = 8 * time.Second // with one request to a provider
	respite  = 5 * time.Second // after looking one up in vain
	maxBytes = 1 << 20         // of an answer
	leeway   = 2 * time.Minute // between clocks
)

// algorithms are those of keys that only the provider has: never none, never a shared one.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// Providers are those that people may sign in through.
type Providers struct {
	list []*Provider
}

// New makes them. publicURL is where browsers reach this product.
func New(list []Settings, publicURL string, now func() time.Time) *Providers {
	p := &Providers{}
	for _, s := range list {
		p.list = append(p.list, &Provider{
			Settings: s, redirect: publicURL + "/sso", home: publicURL + "/login", now: now, client: s.client(patience), patience: patience,
		})
	}
	return p
}

// All lists them; a nil *Providers has none.
func (p *Providers) All() []*Provider {
	if p == nil {
		return nil
	}
	return p.list
}

// Get returns the provider of an id.
func (p *Providers) Get(id string) (*Provider, error) {
	list := p.All()
	i := slices.IndexFunc(list, func(one *Provider) bool { return one.ID == id })
	if i < 0 {
		return nil, apperr.New(apperr.NotFound, "没有这个登录平台，请返回登录页重新选择。")
	}
	return list[i], nil
}

// Provider is one of them. It is looked up when first needed, so that it may be away when
// the product starts.
type Provider struct {
	Settings

	redirect, home string
	now            func() time.Time
	client         *http.Client
	patience       time.Duration

	found  atomic.Pointer[discovered]
	mu     sync.Mutex // of looking it up
	failed time.Time  // when it was last looked up in vain
}

type discovered struct {
	*oidc.Provider

	keys   oidc.KeySet
	logout string
}

// Secrets are what ties a request to a provider to the answer. They never leave the browser
// and this process but as the provider needs them.
type Secrets struct{ State, Nonce, Verifier string }

// Answer is what came back with the browser.
type Answer struct{ Code, Issuer string }

// client reads little, waits not long and follows nobody.
func (p *Settings) client(patience time.Duration) *http.Client {
	base, _ := http.DefaultTransport.(*http.Transport)
	t := base.Clone()
	t.TLSClientConfig = &tls.Config{RootCAs: p.roots, MinVersion: tls.VersionTLS12}
	return &http.Client{
		Timeout: patience, Transport: bounded{t},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded cuts answers that are too long.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxBytes), resp.Body}
	return resp, nil
}

// discover asks the provider where things are, once.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	if d := p.found.Load(); d != nil {
		return d, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.found.Load(); d != nil { // by whom this one waited for
		return d, nil
	}
	if p.now().Sub(p.failed) < respite { // those who waited for a provider that is away need not each wait anew
		return nil, p.down(errAway)
	}
	found, err := p.lookUp(ctx)
	if err != nil {
		p.failed = p.now()
		return nil, p.down(err)
	}
	p.found.Store(found)
	return found, nil
}

func (p *Provider) lookUp(ctx context.Context) (*discovered, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		JWKS   string `json:"jwks_uri"`
		Logout string `json:"end_session_endpoint"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, err
	}
	for _, at := range []string{found.Endpoint().AuthURL, found.Endpoint().TokenURL, more.JWKS} {
		if u, err := url.Parse(at); err != nil || !trusted(plain(u)) {
			return nil, fmt.Errorf("discovery names %q", at)
		}
	}
	if u, err := url.Parse(more.Logout); err != nil || !trusted(plain(u)) {
		more.Logout = ""
	}
	// Keys outlive the request: they are fetched again when they change.
	keys := oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), p.client), more.JWKS)
	return &discovered{Provider: found, keys: keys, logout: more.Logout}, nil
}

// keyring remembers that the keys could not be had: a provider that is away has not
// answered wrongly.
type keyring struct {
	oidc.KeySet

	away error
}

// VerifySignature implements oidc.KeySet.
func (k *keyring) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, token)
	if cause := errors.Unwrap(err); cause != nil { // a signature that does not fit has no cause
		k.away = cause
	}
	return payload, err
}

// plain is an address without its query, which endpoints may have.
func plain(u *url.URL) string {
	v := *u
	v.RawQuery = ""
	return v.String()
}

func (p *Provider) down(err error) error {
	return apperr.Wrap(err, CodeDown, fmt.Sprintf("“%s”暂时无法使用，请稍后重试；有密码的账号可以用账号和密码登录。", p.Name))
}

var errAway = errors.New("was away a moment ago")

// ErrRefused is what a provider has said and is not believed.
var ErrRefused = errors.New("answer of the provider is refused")

func refusedf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

func (p *Provider) refuse(err error) error {
	return apperr.Wrap(err, CodeRefused, fmt.Sprintf("“%s”返回的登录结果无效或已过期，没有登录。请返回登录页重新开始；反复出现时请联系系统管理员。", p.Name))
}

func (p *Provider) oauth(d *discovered) oauth2.Config {
	return oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.secret, Endpoint: d.Endpoint(), RedirectURL: p.redirect,
		Scopes: append([]string{oidc.ScopeOpenID}, p.Scopes...),
	}
}

// Address is where the browser goes to sign in. fresh asks the provider to see proof anew.
func (p *Provider) Address(ctx context.Context, s Secrets, fresh bool) (string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	opts := []oauth2.AuthCodeOption{oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier)}
	if fresh {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
		if p.ACR != "" {
			opts = append(opts, oauth2.SetAuthURLParam("acr_values", p.ACR))
		}
	}
	c := p.oauth(d)
	return c.AuthCodeURL(s.State, opts...), nil
}

// Redeem changes the code for who it is about. since is when the request began: no token
// is older.
func (p *Provider) Redeem(ctx context.Context, a Answer, s Secrets, since time.Time) (Identity, error) {
	if a.Issuer != "" && a.Issuer != p.Issuer { // RFC 9207
		return Identity{}, p.refuse(refusedf("answer is of another issuer"))
	}
	d, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), p.patience)
	defer cancel()
	c := p.oauth(d)
	token, err := c.Exchange(ctx, a.Code, oauth2.VerifierOption(s.Verifier))
	if err != nil {
		said, ok := errors.AsType[*oauth2.RetrieveError](err)
		if ok && said.Response.StatusCode < http.StatusInternalServerError {
			return Identity{}, p.refuse(refusedf("code is not taken: %s", said.ErrorCode))
		}
		return Identity{}, p.down(bare(err))
	}
	raw, _ := token.Extra("id_token").(string)
	keys := &keyring{KeySet: d.keys}
	id, err := p.verify(ctx, keys, raw, s.Nonce, since)
	switch {
	case keys.away != nil:
		return Identity{}, p.down(fmt.Errorf("fetch keys: %w", keys.away))
	case err != nil:
		return Identity{}, p.refuse(err)
	}
	return id, nil
}

// bare is an error without the answer's body, which may hold a token.
func bare(err error) error {
	if said, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return fmt.Errorf("exchange code: status %d", said.Response.StatusCode)
	}
	return err
}

func (p *Provider) verify(ctx context.Context, keys oidc.KeySet, raw, nonce string, since time.Time) (Identity, error) {
	v := oidc.NewVerifier(p.Issuer, keys, &oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms, Now: p.now})
	t, err := v.Verify(ctx, raw)
	if err != nil {
		return Identity{}, refusedf("%v", err)
	}
	var more struct {
		AZP string `json:"azp"`
	}
	if err := t.Claims(&more); err != nil {
		return Identity{}, refusedf("%v", err)
	}
	switch now := p.now(); {
	case nonce == "" || t.Nonce != nonce:
		return Identity{}, refusedf("nonce is of another request")
	case t.IssuedAt.Before(since.Add(-leeway)) || t.IssuedAt.After(now.Add(leeway)):
		return Identity{}, refusedf("issued at another time than this request's")
	case more.AZP != "" && more.AZP != p.ClientID, len(t.Audience) > 1 && more.AZP == "":
		return Identity{}, refusedf("meant for another client")
	}
	var all rawClaims
	if err := t.Claims(&all); err != nil {
		return Identity{}, refusedf("%v", err)
	}
	id, err := p.identity(all)
	if err == nil && id.AuthTime.After(p.now().Add(leeway)) {
		return Identity{}, refusedf("proved in the future")
	}
	return id, err
}

// rawClaims keeps the claims as they were sent.
type rawClaims []byte

// UnmarshalJSON implements json.Unmarshaler.
func (r *rawClaims) UnmarshalJSON(b []byte) error {
	*r = append((*r)[:0], b...)
	return nil
}

// Proves reports whether an identity is of somebody who has proved who they are since.
func (p *Provider) Proves(id Identity, since time.Time) bool {
	return !id.AuthTime.IsZero() && !id.AuthTime.Before(since.Add(-leeway)) && (p.ACR == "" || id.ACR == p.ACR)
}

// LogoutAddress is where the browser ends the provider's session; "" when it does not, or
// when nobody knows yet: whoever asks does not wait for a provider that may be away.
func (p *Provider) LogoutAddress(ctx context.Context) string {
	if !p.Logout {
		return ""
	}
	d := p.found.Load()
	if d == nil {
		p.lookUpLater(ctx)
		return ""
	}
	if d.logout == "" {
		return ""
	}
	u, err := url.Parse(d.logout)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.ClientID)
	q.Set("post_logout_redirect_uri", p.home)
	u.RawQuery = q.Encode()
	return u.String()
}

// lookUpLater has the next one who asks know, unless somebody looks it up already.
func (p *Provider) lookUpLater(ctx context.Context) {
	if !p.mu.TryLock() {
		return
	}
	p.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	go func() { _, _ = p.discover(ctx) }() // whoever signs in is told what is wrong
}
