package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
)

func (p person) choose(current, next string) reply {
	return p.post("/api/v1/me/password", gen.PasswordChange{Current: current, Password: next})
}

// 等保: a password does for 90 days, its owner is told a week before, and nobody is
// interrupted while they work.
func TestAPasswordExpiresAtTheNextLogin(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) {
		c.SessionIdle, c.SessionAbsolute, c.PasswordPolicy = 100*24*time.Hour, 100*24*time.Hour, auth.MLPS()
	})
	who := w.User(w.School, domain.RoleTeacher)
	require.NoError(t, w.Store.SetPassword(t.Context(), who.ID, cheap.Hash(secondPassword), false, ""))
	day := 24 * time.Hour
	early := r.enter(who)
	me := ok[gen.Me](early.get("/api/v1/me"), 200)
	require.True(t, me.PasswordExpiresAt.IsZero())
	require.Equal(t, auth.MLPS().Rule(), me.PasswordRule)

	w.Clock.Set(w.Clock.Now().Add(84 * day))
	warned := r.enter(who)
	require.False(t, ok[gen.Me](warned.get("/api/v1/me"), 200).PasswordExpiresAt.IsZero())

	w.Clock.Set(w.Clock.Now().Add(6 * day))
	require.Equal(t, 200, warned.get("/api/v1/tasks").Code, "who is at work goes on")
	late := r.enter(who)
	late.get("/api/v1/tasks").refused(403, apperr.PasswordChange)
	me = ok[gen.Me](late.get("/api/v1/me"), 200)
	require.True(t, me.MustChange)
	require.True(t, me.PasswordExpired)
	late = late.next(late.choose(secondPassword, "Guangzhou#Yuexiu-9"))
	require.Equal(t, 200, late.get("/api/v1/tasks").Code)
}

func TestTheLastFivePasswordsAreNotTakenAgain(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	who := w.User(w.School, domain.RoleTeacher)
	require.NoError(t, w.Store.SetPassword(t.Context(), who.ID, cheap.Hash(secondPassword), false, ""))
	p := r.enter(who)
	had := []string{secondPassword, "Second#Pass-1", "Third#Pass-1", "Fourth#Pass-1", "Fifth#Pass-1"}
	for i := 1; i < len(had); i++ {
		w.Clock.Set(w.Clock.Now().Add(time.Minute))
		p = p.next(p.choose(had[i-1], had[i]))
	}
	for _, old := range had[:4] {
		p.choose(had[4], old).refused(422, apperr.Invalid)
	}
	w.Clock.Set(w.Clock.Now().Add(time.Minute))
	p = p.next(p.choose(had[4], "Sixth#Pass-1"))
	w.Clock.Set(w.Clock.Now().Add(time.Minute))
	require.Equal(t, 200, p.choose("Sixth#Pass-1", secondPassword).Code, "the sixth last is free again")
}

func TestTheOtherProfileWantsLengthAndNothingCommon(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.PasswordPolicy = auth.ASVS() })
	who := w.User(w.School, domain.RoleTeacher)
	require.NoError(t, w.Store.SetPassword(t.Context(), who.ID, cheap.Hash(secondPassword), false, ""))
	p := r.enter(who)
	for _, bad := range []string{"Short#1aA", "administrator2024", w.School.Name + " is my school"} {
		p.choose(secondPassword, bad).refused(422, apperr.Invalid)
	}
	p = p.next(p.choose(secondPassword, "rain on the old bridge"))
	require.NotContains(t, ok[gen.Me](p.get("/api/v1/me"), 200).PasswordRule, "更换")
}
