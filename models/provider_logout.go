package models

import (
	"context"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// CodeLogoutToken is a provider's word that a session has ended, which is not believed.
const CodeLogoutToken apperr.Code = "sso_logout_refused"

// At is the session of a provider's person, told from those of every other provider.
func At(provider, sub, sid string) ProviderSession {
	var p ProviderSession
	if sub != "" {
		p.Sub = SubjectOf(provider, "sub\n"+sub)
	}
	if sid != "" {
		p.SID = SubjectOf(provider, "sid\n"+sid)
	}
	return p
}

// of narrows rows to those that a provider means: of the person, of the session, or of the
// person's session. One that did not say which session of the person it was may be meant.
func (p ProviderSession) of(tx *gorm.DB, provider string) *gorm.DB {
	tx = tx.Where("provider = ?", provider)
	switch {
	case p.Sub == "":
		return tx.Where("provider_sid = ?", p.SID)
	case p.SID == "":
		return tx.Where("provider_sub = ?", p.Sub)
	default:
		return tx.Where("provider_sub = ? AND provider_sid IN ?", p.Sub, []string{p.SID, ""})
	}
}

// EndAtProvider ends the sessions that began at a provider where theirs has ended, and
// logins that are under way. id is of the provider's request, which is met once.
func (s *Store) EndAtProvider(ctx context.Context, provider, id string, which ProviderSession) error {
	if which == (ProviderSession{}) {
		return apperr.New(CodeLogoutToken, "退出通知没有说明是谁的登录。")
	}
	if err := s.purgeAttempts(ctx); err != nil {
		return err
	}
	met := SSOAttempt{ID: SubjectOf(provider, "end\n"+id), Provider: provider, Purpose: SSOEnd, CreatedAt: s.Now()}
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&met).Error; IsDuplicate(err) {
			return apperr.Wrap(err, CodeLogoutToken, "这份退出通知已经处理过。")
		} else if err != nil {
			return fail(err, "keep request to end sessions")
		}
		var rows []Session
		if err := which.of(forUpdate(tx), provider).Find(&rows).Error; err != nil {
			return fail(err, "find sessions of provider")
		}
		for _, row := range rows {
			if err := tx.Where("token_hash = ?", row.TokenHash).Delete(&Session{}).Error; err != nil {
				return fail(err, "end session of provider")
			}
			err := audit(tx, AuditEntry{
				ActorID: row.UserID, Action: "logout.provider", SubjectKind: "session", SubjectID: row.Ref(), Details: map[string]any{"provider": provider},
			})
			if err != nil {
				return err
			}
		}
		return fail(which.of(tx, provider).Delete(&SSOAttempt{}).Error, "end logins under way")
	})
}
