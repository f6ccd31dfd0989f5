package models

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
)

// SetPassword stores a new password's hash and ends every session but keep, which is the
// token hash of the session that changed it, or "".
func (s *Store) SetPassword(ctx context.Context, userID, hash string, mustChange bool, keep string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error { return s.setPassword(tx, userID, hash, mustChange, keep) })
}

func (s *Store) setPassword(tx *gorm.DB, userID, hash string, mustChange bool, keep string) error {
	if err := s.keepOld(tx, userID); err != nil {
		return err
	}
	res := tx.Model(&User{}).Where("id = ? AND erased_at IS NULL", userID).Updates(map[string]any{
		"password_hash": hash, "password_at": s.Now(), "must_change": mustChange, "failed": 0, "locked_until": nil, "locked_at": nil, "locked_for": "",
		"updated_at": s.Now(),
	})
	if err := one(res, res.Error, "用户", "set password"); err != nil {
		return err
	}
	action := "password.change"
	if mustChange {
		action = "password.reset"
	}
	if err := audit(tx, AuditEntry{Action: action, SubjectKind: "user", SubjectID: userID}); err != nil {
		return err
	}
	return tx.Scopes(others(userID, keep)).Delete(&Session{}).Error
}

// ChangePassword is SetPassword by its owner, who gave the present one: the session that
// asked goes on under another token. from and to are the hashes.
func (s *Store) ChangePassword(ctx context.Context, userID, hash, from, to string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.setPassword(tx, userID, hash, false, from); err != nil {
			return err
		}
		return s.renew(tx, from, to, func(*Session) {})
	})
}

// RenewHash replaces the hash of a password by another of the same one, unless the password
// has changed meanwhile.
func (s *Store) RenewHash(ctx context.Context, userID, from, to string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Model(&User{}).Where("id = ? AND password_hash = ?", userID, from).Update("password_hash", to)
		if res.Error != nil || res.RowsAffected == 0 {
			return fail(res.Error, "renew hash")
		}
		return audit(tx, AuditEntry{ActorID: userID, Action: "password.renew", SubjectKind: "user", SubjectID: userID})
	})
}

// others are the sessions of a user but one, whose token may be another by now.
func others(userID, tokenHash string) func(*gorm.DB) *gorm.DB {
	return func(tx *gorm.DB) *gorm.DB {
		return tx.Where("user_id = ? AND substr(token_hash, 1, 16) <> ?", userID, SessionRef(tokenHash))
	}
}

// CreateSession stores a login that ends after idle without use, and at expires anyway. A
// password is proof of who signs in; what a provider says of proof is in the row.
func (s *Store) CreateSession(ctx context.Context, row Session, absolute time.Duration) error {
	return s.ReplaceSession(ctx, "", row, absolute)
}

// ReplaceSession is CreateSession, and ends the login that whoever signs in had until now,
// whosever it was: before is the hash of its token, or "".
func (s *Store) ReplaceSession(ctx context.Context, before string, row Session, absolute time.Duration) error {
	row.CreatedAt = s.Now()
	row.SeenAt, row.ExpiresAt = row.CreatedAt, row.CreatedAt.Add(absolute)
	details := map[string]any{"session": SessionRef(row.TokenHash)}
	if row.Provider == "" {
		row.ProvedAt = &row.CreatedAt
	} else {
		details["provider"] = row.Provider
	}
	s.keySession(&row)
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := endReplaced(tx, before, &row); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return audit(tx, AuditEntry{
			ActorID: row.UserID, Action: "login", SubjectKind: "user", SubjectID: row.UserID, Details: details,
		})
	})
	return fail(err, "create session")
}

func endReplaced(tx *gorm.DB, before string, now *Session) error {
	if before == "" {
		return nil
	}
	var old Session
	// Without a lock: one on a row that is not there would keep others from signing in.
	if err := tx.Where("token_hash = ?", before).Limit(1).Find(&old).Error; err != nil {
		return err
	}
	res := tx.Where("token_hash = ?", before).Delete(&Session{})
	if res.Error != nil || res.RowsAffected == 0 {
		return res.Error
	}
	return audit(tx, AuditEntry{
		ActorID: now.UserID, Action: "session.end", SubjectKind: "session", SubjectID: old.Ref(),
		Details: map[string]any{"user": old.UserID, "replaced_by": now.Ref()},
	})
}

// touchEvery bounds how often reading a session writes to it.
const touchEvery = time.Minute

// Session is PeekSession, and notes that the session was used.
func (s *Store) Session(ctx context.Context, tokenHash string, idle time.Duration) (*Session, *User, error) {
	row, u, err := s.PeekSession(ctx, tokenHash, idle)
	now := s.Now()
	if err != nil || now.Sub(row.SeenAt) < touchEvery {
		return row, u, err
	}
	row.SeenAt = now
	err = s.DB(ctx).Model(&Session{}).Where("token_hash = ?", tokenHash).Update("seen_at", now).Error
	return row, u, fail(err, "touch session")
}

func errEnded() error {
	return apperr.New(apperr.Unauthenticated, "登录已失效，请重新登录。")
}

// PeekSession returns the live session with that token hash and its user. Over idle,
// expired, revoked, of a disabled account or not made by us: unauthenticated.
func (s *Store) PeekSession(ctx context.Context, tokenHash string, idle time.Duration) (*Session, *User, error) {
	ended := errEnded()
	var row Session
	res := s.DB(ctx).Where("token_hash = ?", tokenHash).Limit(1).Find(&row)
	if res.Error != nil {
		return nil, nil, fail(res.Error, "load session")
	}
	now := s.Now()
	if res.RowsAffected == 0 || !now.Before(row.ExpiresAt) || !now.Before(row.SeenAt.Add(idle)) {
		return nil, nil, ended
	}
	if !s.ours(&row) {
		return nil, nil, cmp.Or(s.foreignSession(ctx, &row), ended)
	}
	u, err := s.User(ctx, row.UserID)
	switch {
	case apperr.Is(err, apperr.NotFound) || (err == nil && u.Disabled):
		return nil, nil, ended
	case err != nil:
		return nil, nil, err
	}
	return &row, u, nil
}

// LiveSessions tells which of these sessions may go on, by token hash, with the roles of
// their users as they are now. Asking is no use of them.
func (s *Store) LiveSessions(ctx context.Context, tokenHashes []string, idle time.Duration) (map[string][]Grant, error) {
	now := s.Now()
	live := make(map[string][]Grant, len(tokenHashes))
	for some := range slices.Chunk(tokenHashes, batchSize) {
		var rows []Session
		err := s.DB(ctx).Joins("JOIN users ON users.id = sessions.user_id").
			Where("sessions.token_hash IN ? AND sessions.expires_at > ? AND sessions.seen_at > ?", some, now, now.Add(-idle)).
			Where("users.disabled = ? AND users.must_change = ?", false, false).Find(&rows).Error
		if err != nil {
			return nil, fail(err, "look at sessions")
		}
		users := make([]string, len(rows))
		for i, row := range rows {
			users[i] = row.UserID
		}
		grants, err := s.GrantsOf(ctx, users)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if s.ours(&row) {
				live[row.TokenHash] = grants[row.UserID]
			}
		}
	}
	return live, nil
}

// Sessions lists a user's logins, newest first.
func (s *Store) Sessions(ctx context.Context, userID string) ([]Session, error) {
	var rows []Session
	err := s.DB(ctx).Where("user_id = ? AND expires_at > ?", userID, s.Now()).Order("created_at DESC").Find(&rows).Error
	return rows, fail(err, "list sessions")
}

// RevokeSession ends one login.
func (s *Store) RevokeSession(ctx context.Context, tokenHash string) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		ref := SessionRef(tokenHash)
		// Whatever its token is by now: who signs out is out.
		if err := tx.Where("token_hash >= ? AND token_hash < ?", ref, ref+"g").Delete(&Session{}).Error; err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "logout", SubjectKind: "session", SubjectID: ref})
	})
	return fail(err, "revoke session")
}

// SessionRef names a session in the audit log and to its owner, by the hash of its token,
// and is the same for each of its tokens.
func SessionRef(tokenHash string) string { return auth.SessionName(tokenHash) }

// ProveSession notes that the person behind a session has just proved who they are. From
// now on the session has another token; from and to are the hashes.
func (s *Store) ProveSession(ctx context.Context, from, to string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		now := s.Now()
		if err := s.renew(tx, from, to, func(row *Session) { row.ProvedAt = &now }); err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "session.prove", SubjectKind: "session", SubjectID: SessionRef(to)})
	})
}

// renew gives a session another token. Of two who try, the second has none any more.
func (s *Store) renew(tx *gorm.DB, from, to string, change func(*Session)) error {
	var row Session
	if err := forUpdate(tx).Where("token_hash = ?", from).Limit(1).Find(&row).Error; err != nil {
		return fail(err, "load session")
	}
	if row.TokenHash == "" || !s.ours(&row) {
		return errEnded()
	}
	row.TokenHash = to
	change(&row)
	s.keySession(&row)
	err := tx.Model(&Session{}).Where("token_hash = ?", from).Select("token_hash", "proved_at", "mac").Updates(&row).Error
	return fail(err, "renew token of session")
}

// RevokeSessions ends every login of a user but keep, the hash of its token or "".
func (s *Store) RevokeSessions(ctx context.Context, userID, keep string) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Scopes(others(userID, keep)).Delete(&Session{}).Error; err != nil {
			return err
		}
		action := "session.end_all"
		if keep != "" {
			action = "session.end_others"
		}
		return audit(tx, AuditEntry{Action: action, SubjectKind: "user", SubjectID: userID})
	})
	return fail(err, "revoke sessions")
}

// EndSession ends the login of a user that ref names.
func (s *Store) EndSession(ctx context.Context, userID, ref string) error {
	rows, err := s.Sessions(ctx, userID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(rows, func(r Session) bool { return r.Ref() == ref })
	if i < 0 {
		return notFound("登录")
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("token_hash = ?", rows[i].TokenHash).Delete(&Session{}).Error; err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "session.end", SubjectKind: "session", SubjectID: ref})
	})
	return fail(err, "end session")
}

// PurgeSessions removes logins that have expired.
func (s *Store) PurgeSessions(ctx context.Context) error {
	return fail(s.DB(ctx).Where("expires_at <= ?", s.Now()).Delete(&Session{}).Error, "purge sessions")
}
