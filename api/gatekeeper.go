package api

import (
	"context"
	"errors"
	"runtime"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/models"
)

// gatekeeper checks passwords and codes. What it answers, and how long it takes, is the same
// for logins that exist and those that do not, lockout included, in every process.
type gatekeeper struct {
	store   *models.Store
	params  auth.Params
	lockout models.Lockout
	slots   chan struct{} // hashing takes much memory: only so many at once
}

func newGatekeeper(store *models.Store, c Config) *gatekeeper {
	return &gatekeeper{store: store, params: c.Passwords, lockout: c.Lockout, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// ask is what else somebody has to answer whose password was right.
type ask func(ctx context.Context, u *models.User) (models.Verdict, error)

// check returns the user whom login and password identify, if more is content, too: it is
// asked before the wrong passwords before are forgotten.
func (g *gatekeeper) check(ctx context.Context, login, password string, more ...ask) (*models.User, error) {
	u, err := g.store.UserByLogin(ctx, login)
	at := g.store.Stranger(login)
	switch {
	case err == nil:
		at = models.Account(u.ID)
	case !apperr.Is(err, apperr.NotFound):
		return nil, err
	}
	err = g.store.Guess(ctx, at, g.lockout, func(ctx context.Context) (models.Verdict, error) {
		if u == nil {
			return g.stranger(ctx, login, password)
		}
		var verdict models.Verdict
		// What became of the account while this one waited for its turn.
		if u, err = g.store.User(ctx, u.ID); err == nil {
			verdict, err = g.password(ctx, u, password)
		}
		for _, ask := range more {
			if verdict != models.Right {
				break
			}
			verdict, err = ask(ctx, u)
		}
		return verdict, err
	})
	if err == nil {
		err = g.renew(ctx, u, password)
	}
	return u, err
}

// renew makes the hash of a right password anew where it was made at another cost: else old
// accounts would be cheaper to guess at, and told from others by the time that an answer takes.
func (g *gatekeeper) renew(ctx context.Context, u *models.User, password string) error {
	if auth.OneTime(u.PasswordHash) || !g.params.Outdated(u.PasswordHash) {
		return nil
	}
	hash, err := g.hash(ctx, password)
	if err != nil {
		return err
	}
	return g.store.RenewHash(ctx, u.ID, u.PasswordHash, hash)
}

// password looks whether a password is that of an account.
func (g *gatekeeper) password(ctx context.Context, u *models.User, password string) (models.Verdict, error) {
	if err := g.slot(ctx); err != nil {
		return models.Undecided, err
	}
	defer g.free()
	if auth.OneTime(u.PasswordHash) {
		g.params.VerifyNone(password) // so that the time of the answer does not tell
	}
	right, err := auth.Verify(u.PasswordHash, password)
	switch {
	case errors.Is(err, auth.ErrHash): // of somebody erased, say: nobody signs in with it
		g.params.VerifyNone(password)
		return models.WrongPassword, errCredentials()
	case err != nil:
		return models.Undecided, err
	case !right:
		return models.WrongPassword, errCredentials()
	case u.Disabled:
		return models.Undecided, errDisabled()
	}
	return models.Right, nil
}

// stranger answers for a login that does not exist as password does for one that does.
func (g *gatekeeper) stranger(ctx context.Context, login, password string) (models.Verdict, error) {
	if _, err := g.store.User(ctx, login); err != nil && !apperr.Is(err, apperr.NotFound) { // nobody has such an id either
		return models.Undecided, err
	}
	if err := g.slot(ctx); err != nil {
		return models.Undecided, err
	}
	defer g.free()
	g.params.VerifyNone(password)
	return models.WrongPassword, errCredentials()
}

func errCredentials() error {
	return apperr.New(apperr.Unauthenticated, "账号或密码不正确，请核对后重试；连续输错会暂时锁定账号。")
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
