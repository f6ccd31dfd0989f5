package api

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/models"
)

// maxStrangers bounds what is remembered of logins that do not exist.
const maxStrangers = 10000

// gatekeeper checks passwords. What it answers, and how long it takes, is the same for
// logins that exist and those that do not, lockout included.
type gatekeeper struct {
	store   *models.Store
	params  auth.Params
	lockout models.Lockout
	slots   chan struct{} // hashing takes much memory: only so many at once

	mu        sync.Mutex
	strangers map[string]*models.User // failures of logins that do not exist
}

func newGatekeeper(store *models.Store, c Config) *gatekeeper {
	return &gatekeeper{
		store: store, params: c.Passwords, lockout: c.Lockout,
		slots: make(chan struct{}, runtime.GOMAXPROCS(0)), strangers: map[string]*models.User{},
	}
}

// check returns the user whom login and password identify, if more is content, too: it is
// asked before the wrong passwords before are forgotten.
func (g *gatekeeper) check(
	ctx context.Context, login, password string, more ...func(ctx context.Context, u *models.User) error,
) (*models.User, error) {
	u, err := g.store.UserByLogin(ctx, login)
	if apperr.Is(err, apperr.NotFound) {
		return nil, g.stranger(ctx, strings.ToLower(strings.TrimSpace(login)), password)
	}
	if err != nil {
		return nil, err
	}
	if err := g.store.Locked(u); err != nil {
		return nil, err
	}
	if err := g.slot(ctx); err != nil {
		return nil, err
	}
	defer g.free()
	// Others may have locked the account while this one waited for its turn.
	if u, err = g.store.User(ctx, u.ID); err != nil {
		return nil, err
	}
	if err := g.store.Locked(u); err != nil {
		return nil, err
	}
	if auth.OneTime(u.PasswordHash) {
		g.params.VerifyNone(password) // so that the time of the answer does not tell
	}
	ok, err := auth.Verify(u.PasswordHash, password)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, g.failed(ctx, u)
	case u.Disabled:
		return nil, errDisabled()
	}
	for _, ask := range more {
		if err := ask(ctx, u); err != nil {
			return nil, err
		}
	}
	return u, g.store.LoginSucceeded(ctx, u.ID)
}

func (g *gatekeeper) failed(ctx context.Context, u *models.User) error {
	locked, err := g.store.LoginFailed(ctx, u.ID, g.lockout)
	if err != nil {
		return err
	}
	if locked {
		until := g.store.Now().Add(g.lockout.For)
		return g.store.Locked(&models.User{LockedUntil: &until})
	}
	return errCredentials()
}

func errCredentials() error {
	return apperr.New(apperr.Unauthenticated, "账号或密码不正确，请核对后重试；连续输错会暂时锁定账号。")
}

// stranger answers for a login that does not exist as failed does for one that does.
func (g *gatekeeper) stranger(ctx context.Context, login, password string) error {
	known := g.strangerAt(login)
	if err := g.store.Locked(&known); err != nil {
		return err
	}
	if err := g.slot(ctx); err != nil {
		return err
	}
	defer g.free()
	known = g.strangerAt(login)
	if err := g.store.Locked(&known); err != nil {
		return err
	}
	g.params.VerifyNone(password)
	known = g.countStranger(login)
	if err := g.store.Locked(&known); err != nil {
		return err
	}
	return errCredentials()
}

func (g *gatekeeper) strangerAt(login string) models.User {
	g.mu.Lock()
	defer g.mu.Unlock()
	return some(g.strangers[login])
}

func (g *gatekeeper) countStranger(login string) models.User {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.strangers) >= maxStrangers {
		clear(g.strangers)
	}
	u := g.strangers[login]
	if u == nil {
		u = &models.User{}
		g.strangers[login] = u
	}
	if g.store.Locked(u) != nil {
		return *u
	}
	if u.Failed++; u.Failed >= g.lockout.After {
		until := g.store.Now().Add(g.lockout.For)
		u.Failed, u.LockedUntil = 0, &until
	}
	return *u
}

func (g *gatekeeper) slot(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return apperr.Wrap(ctx.Err(), apperr.Unavailable, "登录的人太多，请稍后重试。")
	}
}

func (g *gatekeeper) free() { <-g.slots }

// matches reports whether a password is the one of a hash.
func (g *gatekeeper) matches(ctx context.Context, hash, password string) (bool, error) {
	if err := g.slot(ctx); err != nil {
		return false, err
	}
	defer g.free()
	same, err := auth.Verify(hash, password)
	if errors.Is(err, auth.ErrHash) {
		return false, nil // what nobody could sign in with was nobody's password
	}
	return same, err
}

func (g *gatekeeper) hash(ctx context.Context, password string) (string, error) {
	if err := g.slot(ctx); err != nil {
		return "", err
	}
	defer g.free()
	return g.params.Hash(password), nil
}
