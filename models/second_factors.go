package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
)

// CodeSecondFactor is a login whose password is right and whose code is missing or wrong.
const CodeSecondFactor apperr.Code = "second_factor"

// SecondFactor is the authenticator app of an account.
type SecondFactor struct {
	UserID      string `gorm:"primaryKey"`
	SecretEnc   string
	LastStep    int64
	CreatedAt   time.Time
	ConfirmedAt *time.Time
}

// TableName is the table of SecondFactor.
func (SecondFactor) TableName() string { return "second_factors" }

// RecoveryCode stands in for a second factor once.
type RecoveryCode struct {
	UserID string `gorm:"primaryKey"`
	Hash   string `gorm:"primaryKey"`
	UsedAt *time.Time
}

// TableName is the table of RecoveryCode.
func (RecoveryCode) TableName() string { return "recovery_codes" }

// columnSecondFactor is authenticated with a secret, as its account is: moved to another
// account it does not open.
const columnSecondFactor = "second_factors.secret"

// SecondFactor returns the confirmed second factor of an account; nil without one.
func (s *Store) SecondFactor(ctx context.Context, userID string) (*SecondFactor, error) {
	return confirmedFactor(s.DB(ctx), userID)
}

func confirmedFactor(tx *gorm.DB, userID string) (*SecondFactor, error) {
	var f SecondFactor
	err := tx.Where("user_id = ? AND confirmed_at IS NOT NULL", userID).Limit(1).Find(&f).Error
	if err != nil || f.UserID == "" {
		return nil, fail(err, "load second factor")
	}
	return &f, nil
}

// BeginSecondFactor keeps a secret that is in use once a code of it was given.
func (s *Store) BeginSecondFactor(ctx context.Context, userID, secret string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		// One after the other: a row that is not there yet cannot be locked itself.
		if err := forUpdate(tx).Where("id = ?", userID).Take(&User{}).Error; err != nil {
			return found(err, "用户", "lock user")
		}
		var has SecondFactor
		if err := forUpdate(tx).Where("user_id = ?", userID).Limit(1).Find(&has).Error; err != nil {
			return err
		}
		if has.ConfirmedAt != nil {
			return apperr.New(apperr.Conflict, "已经启用了动态验证码；要更换手机或应用，请先停用再启用。")
		}
		f := SecondFactor{UserID: userID, SecretEnc: s.keys.Seal(columnSecondFactor, userID, secret), CreatedAt: s.Now()}
		if err := upsert(tx).Create(&f).Error; err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "second_factor.begin", SubjectKind: "user", SubjectID: userID})
	})
}

// ConfirmSecondFactor puts the secret to use when the code is of it, with recovery codes
// whose hashes are given.
func (s *Store) ConfirmSecondFactor(ctx context.Context, userID, code string, hashes []string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var f SecondFactor
		if err := forUpdate(tx).Where("user_id = ? AND confirmed_at IS NULL", userID).Limit(1).Find(&f).Error; err != nil {
			return err
		}
		if f.UserID == "" {
			return apperr.New(apperr.Conflict, "没有等待确认的动态验证码，请重新开始。")
		}
		step, err := s.matches(f, code)
		if err != nil {
			return err
		}
		if step == 0 {
			return apperr.Field("code", "验证码不正确：请核对手机时间是否准确，输入应用当前显示的 6 位数字。")
		}
		now := s.Now()
		f.LastStep, f.ConfirmedAt = step, &now
		if err := tx.Save(&f).Error; err != nil {
			return err
		}
		if err := putRecoveryCodes(tx, userID, hashes); err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "second_factor.enable", SubjectKind: "user", SubjectID: userID})
	})
}

func (s *Store) matches(f SecondFactor, code string) (int64, error) {
	secret, err := s.keys.Open(columnSecondFactor, f.UserID, f.SecretEnc)
	if err != nil {
		return 0, err
	}
	step, err := auth.MatchTOTP(secret, code, s.Now(), f.LastStep)
	return step, fail(err, "check code")
}

func putRecoveryCodes(tx *gorm.DB, userID string, hashes []string) error {
	if err := tx.Where("user_id = ?", userID).Delete(&RecoveryCode{}).Error; err != nil {
		return err
	}
	rows := make([]RecoveryCode, len(hashes))
	for i, h := range hashes {
		rows[i] = RecoveryCode{UserID: userID, Hash: h}
	}
	return tx.Create(&rows).Error
}

// PutRecoveryCodes replaces the recovery codes of an account.
func (s *Store) PutRecoveryCodes(ctx context.Context, userID string, hashes []string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		has, err := confirmedFactor(tx, userID)
		if err != nil {
			return err
		}
		if has == nil {
			return apperr.New(apperr.Conflict, "还没有启用动态验证码，请先启用。")
		}
		if err := putRecoveryCodes(tx, userID, hashes); err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "second_factor.codes", SubjectKind: "user", SubjectID: userID})
	})
}

// RecoveryCodesLeft counts the codes that are still good.
func (s *Store) RecoveryCodesLeft(ctx context.Context, userID string) (int, error) {
	var n int64
	err := s.DB(ctx).Model(&RecoveryCode{}).Where("user_id = ? AND used_at IS NULL", userID).Count(&n).Error
	return int(n), fail(err, "count recovery codes")
}

// UseSecondFactor takes a code of the app, or a recovery code. Each is good once, however
// many try it at the same time.
func (s *Store) UseSecondFactor(ctx context.Context, f SecondFactor, code string) (ok bool, err error) {
	step, err := s.matches(f, code)
	if err != nil {
		return false, err
	}
	if step != 0 {
		res := s.DB(ctx).Model(&SecondFactor{}).Where("user_id = ? AND last_step < ?", f.UserID, step).Update("last_step", step)
		return res.RowsAffected == 1, fail(res.Error, "use code")
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Model(&RecoveryCode{}).Where("user_id = ? AND hash = ? AND used_at IS NULL", f.UserID, auth.HashRecovery(code)).Update("used_at", s.Now())
		if ok = res.RowsAffected == 1; res.Error != nil || !ok {
			return res.Error
		}
		return audit(tx, AuditEntry{ActorID: f.UserID, Action: "second_factor.recover", SubjectKind: "user", SubjectID: f.UserID})
	})
	return ok, fail(err, "use recovery code")
}

// DropSecondFactor takes the second factor off an account. told is the notice to its owner
// when somebody else did it, "" for none.
func (s *Store) DropSecondFactor(ctx context.Context, userID, told string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		n, err := dropSecondFactor(tx, userID)
		if err != nil {
			return err
		}
		if n == 0 {
			return apperr.New(apperr.Conflict, "该账号没有启用动态验证码。")
		}
		if told != "" {
			if err := tellOwner(tx, userID, "second_factor", "动态验证码已被重置", told, s.Now()); err != nil {
				return err
			}
		}
		return audit(tx, AuditEntry{Action: "second_factor.disable", SubjectKind: "user", SubjectID: userID})
	})
}

func dropSecondFactor(tx *gorm.DB, userID string) (int64, error) {
	if err := tx.Where("user_id = ?", userID).Delete(&RecoveryCode{}).Error; err != nil {
		return 0, err
	}
	res := tx.Where("user_id = ?", userID).Delete(&SecondFactor{})
	return res.RowsAffected, res.Error
}
