package models

import (
	"context"
	"math"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
)

// Lockout says how many wrong answers lock an account, and for how long.
type Lockout struct {
	After int
	For   time.Duration
}

// Guess is a password or code that is being checked.
type Guess struct {
	ID      string `gorm:"primaryKey"`
	Subject string
	Since   time.Time
}

// TableName is the table of Guess.
func (Guess) TableName() string { return "guesses" }

// StrangerLogin is how often logins failed that nobody has.
type StrangerLogin struct {
	Mark        string `gorm:"primaryKey"`
	Failed      int
	LockedUntil *time.Time
	TriedAt     time.Time
}

// TableName is the table of StrangerLogin.
func (StrangerLogin) TableName() string { return "stranger_logins" }

const (
	// guessLasts is how long a process may take over one guess: longer than any request. What
	// is older was left by one that died.
	guessLasts = time.Minute
	// guessAgain is how soon somebody whose guess has to wait for others asks again.
	guessAgain, guessAgainMost = 10 * time.Millisecond, 200 * time.Millisecond
	// strangersLast is how long failures of nobody's logins are kept.
	strangersLast = 30 * 24 * time.Hour
	// markDigits of a digest: 20 bits.
	markDigits = 5
)

// Verdict is what became of a guess.
type Verdict string

// The verdicts. What is undecided (a code still to be given, a fault) counts for nothing.
const (
	Undecided     Verdict = ""
	Right         Verdict = "right"
	WrongPassword Verdict = "password"
	WrongCode     Verdict = "code"
)

func (v Verdict) wrong() bool { return v == WrongPassword || v == WrongCode }

// Guessed is whom guesses are counted by: an account, or a login that nobody has.
type Guessed struct {
	subject string
	known   bool
}

// Account is guessed at by its password or its codes.
func Account(userID string) Guessed { return Guessed{userID, true} }

// Stranger is a login that nobody has. Some share a count.
func (s *Store) Stranger(login string) Guessed {
	digest := s.keyed("stranger_logins", strings.ToLower(strings.TrimSpace(login)))
	return Guessed{digest[:min(markDigits, len(digest))], false}
}

// Guess has try find out whether an answer is right, once it is certain that even if all
// that are looked at now are wrong, they are no more than may be; it waits for that. What
// is wrong is counted, and locks who is guessed at after so many; a right answer forgets
// those before it. Who is locked is refused, unasked.
func (s *Store) Guess(ctx context.Context, at Guessed, l Lockout, try func(ctx context.Context) (Verdict, error)) error {
	id, err := s.reserve(ctx, at, l)
	if err != nil {
		return err
	}
	verdict, answer := try(ctx)
	// What was looked at counts, even if nobody waits for the answer any more.
	locked, err := s.settleGuess(context.WithoutCancel(aside(ctx)), at, l, id, verdict)
	switch {
	case err != nil:
		return err
	case verdict == Right && locked != nil:
		return locked
	case verdict.wrong():
		if err := s.AuditAlone(ctx, s.guessedWrong(ctx, at, verdict, locked != nil)); err != nil {
			return err
		}
	}
	if verdict.wrong() && locked != nil {
		return locked
	}
	return answer
}

// guessedWrong is the entry of a wrong answer. That of a login which nobody has names nobody,
// nor what was typed: some type their password there. It takes the same work, so that the
// time of an answer does not tell whether there is such a login.
func (s *Store) guessedWrong(ctx context.Context, at Guessed, v Verdict, locked bool) AuditEntry {
	e := AuditEntry{Action: "login", Result: AuditRefused, Code: string(v), SubjectKind: "user", Details: map[string]any{"locked": locked}}
	if at.known {
		e.ActorID, e.SubjectID = at.subject, at.subject
		return e
	}
	e.Details["unknown"] = true
	_, _ = s.User(ctx, at.subject) // as the log asks where the account of the other entry is
	return e
}

// reserve counts a guess before it is looked at.
func (s *Store) reserve(ctx context.Context, at Guessed, l Lockout) (id string, err error) {
	for pause := guessAgain; ; pause = min(2*pause, guessAgainMost) {
		if id, err = s.tryReserve(ctx, at, l); id != "" || err != nil {
			return id, err
		}
		select {
		case <-ctx.Done():
			return "", apperr.Wrap(ctx.Err(), apperr.Unavailable, "这个账号正有多次登录在核对，请稍后重试。")
		case <-time.After(pause):
		}
	}
}

// tryReserve returns no id while others have to be settled first.
func (s *Store) tryReserve(ctx context.Context, at Guessed, l Lockout) (id string, err error) {
	err = s.Tx(aside(ctx), func(tx *gorm.DB) error {
		id = ""
		count, err := s.lockCount(tx, at)
		if err != nil {
			return err
		}
		if err := s.Locked(count.LockedUntil); err != nil {
			return err
		}
		now := s.Now()
		if err := tx.Where("subject = ? AND since <= ?", at.subject, now.Add(-guessLasts)).Delete(&Guess{}).Error; err != nil {
			return err
		}
		var underWay int64
		if err := tx.Model(&Guess{}).Where("subject = ?", at.subject).Count(&underWay).Error; err != nil {
			return err
		}
		if count.Failed+int(underWay) >= l.After {
			return nil
		}
		id = newID()
		return tx.Create(&Guess{ID: id, Subject: at.subject, Since: now}).Error
	})
	return id, err
}

// settleGuess counts what became of a guess; locked is the refusal while who was guessed at
// is locked.
func (s *Store) settleGuess(ctx context.Context, at Guessed, l Lockout, id string, v Verdict) (locked, err error) {
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		count, err := s.lockCount(tx, at)
		if err != nil {
			return err
		}
		if err := tx.Where("id = ?", id).Delete(&Guess{}).Error; err != nil {
			return err
		}
		held := count.LockedUntil
		if held != nil && !held.After(s.Now()) {
			held = nil
		}
		locked = s.Locked(held)
		switch {
		case v == Undecided || held != nil: // others locked it while this one was looked at
			return nil
		case v == Right:
			return s.putCount(tx, at, StrangerLogin{}, v)
		}
		count.LockedUntil = nil
		if count.Failed++; count.Failed >= l.After {
			until := s.Now().Add(l.For)
			count.Failed, count.LockedUntil = 0, &until
			locked = s.Locked(&until)
		}
		return s.putCount(tx, at, count, v)
	})
	return locked, err
}

// lockCount reads how often who is guessed at failed, and holds it until the transaction ends.
func (s *Store) lockCount(tx *gorm.DB, at Guessed) (StrangerLogin, error) {
	var count StrangerLogin
	if at.known {
		err := forUpdate(tx).Model(&User{}).Select("failed, locked_until").Where("id = ?", at.subject).Take(&count).Error
		return count, found(err, "用户", "lock user")
	}
	// One that is locked costs one statement, as an account does.
	err := tx.Where("mark = ?", at.subject).Limit(1).Find(&count).Error
	if err != nil || s.Locked(count.LockedUntil) != nil {
		return count, fail(err, "look at failed login")
	}
	row := StrangerLogin{Mark: at.subject, TriedAt: s.Now()}
	err = tx.Clauses(clause.OnConflict{DoUpdates: clause.AssignmentColumns([]string{"tried_at"})}).Create(&row).Error
	if err == nil {
		err = forUpdate(tx).Where("mark = ?", at.subject).Take(&count).Error // as it is now, not as it was looked at
	}
	return count, fail(err, "count failed login")
}

func (s *Store) putCount(tx *gorm.DB, at Guessed, count StrangerLogin, v Verdict) error {
	values := map[string]any{"failed": count.Failed, "locked_until": count.LockedUntil}
	if !at.known {
		return tx.Model(&StrangerLogin{}).Where("mark = ?", at.subject).Updates(values).Error
	}
	values["locked_at"], values["locked_for"] = nil, ""
	if count.LockedUntil != nil {
		values["locked_at"], values["locked_for"] = s.Now(), string(v)
	}
	if v == Right {
		values["password_at"] = gorm.Expr("COALESCE(password_at, ?)", s.Now())
	}
	return tx.Model(&User{}).Where("id = ?", at.subject).UpdateColumns(values).Error
}

// Locked is the refusal of a login while it is locked until then, or nil.
func (s *Store) Locked(until *time.Time) error {
	if until == nil || !until.After(s.Now()) {
		return nil
	}
	// Rounded up: an account that exists and one that does not are locked at instants apart.
	minutes := int(math.Ceil(until.Sub(s.Now()).Minutes()))
	return apperr.Newf(apperr.Locked, "密码连续输错次数过多，账号已暂时锁定，请%d分钟后再试，或请管理员重置密码。", minutes)
}

// PurgeGuesses removes what processes that died left, and old failures of nobody's logins.
func (s *Store) PurgeGuesses(ctx context.Context) error {
	now := s.Now()
	if err := s.DB(ctx).Where("since <= ?", now.Add(-guessLasts)).Delete(&Guess{}).Error; err != nil {
		return fail(err, "purge guesses")
	}
	err := s.DB(ctx).Where("tried_at <= ? AND (locked_until IS NULL OR locked_until <= ?)", now.Add(-strangersLast), now).Delete(&StrangerLogin{}).Error
	return fail(err, "purge failed logins")
}
