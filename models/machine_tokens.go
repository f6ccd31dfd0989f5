package models

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
)

// MachineToken lets another system read.
type MachineToken struct {
	ID        string `gorm:"primaryKey"`
	Prefix    string
	Hash      string
	Name      string
	Scopes    string // separated by commas
	OrgID     string
	Networks  string // separated by commas, "" for any
	CreatedBy string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
	UsedIP    string `gorm:"column:used_ip"`
	RevokedAt *time.Time
	RevokedBy string
}

// TableName is the table of MachineToken.
func (MachineToken) TableName() string { return "machine_tokens" }

// MachineTokenUse is what a token read on a day.
type MachineTokenUse struct {
	TokenID   string `gorm:"primaryKey"`
	Operation string `gorm:"primaryKey"`
	Day       string `gorm:"primaryKey"`
}

// TableName is the table of MachineTokenUse.
func (MachineTokenUse) TableName() string { return "machine_token_uses" }

// Has reports whether the token has a scope.
func (t MachineToken) Has(scope string) bool {
	return strings.Contains(","+t.Scopes+",", ","+scope+",")
}

// From reports whether the token may be used from an address.
func (t MachineToken) From(ip string) bool {
	if t.Networks == "" {
		return true
	}
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	for text := range strings.SplitSeq(t.Networks, ",") {
		if n, err := netip.ParsePrefix(text); err == nil && n.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

const (
	// MachinePrefix is how every token begins, so that one that leaked is known for what it is.
	MachinePrefix = "zxp_"
	shownOfToken  = len(MachinePrefix) + 8
	longestToken  = 366 * 24 * time.Hour
	maxNetworks   = 20
)

// CreateMachineToken keeps a token and returns what its user gets to see once.
func (s *Store) CreateMachineToken(ctx context.Context, t MachineToken) (token string, row *MachineToken, err error) {
	now := s.Now()
	t.Name = strings.TrimSpace(t.Name)
	switch {
	case t.Name == "":
		return "", nil, apperr.Field("name", "请填写用途名称，例如对接的系统。")
	case t.Scopes == "":
		return "", nil, apperr.Field("scopes", "请至少选择一项用途。")
	case !t.ExpiresAt.After(now):
		return "", nil, apperr.Field("expires_at", "到期时间须在将来。")
	case t.ExpiresAt.After(now.Add(longestToken)):
		return "", nil, apperr.Field("expires_at", "有效期最长一年，到期前请换新令牌。")
	}
	if t.Networks, err = networks(t.Networks); err != nil {
		return "", nil, err
	}
	token = MachinePrefix + auth.NewToken()
	t.ID, t.Prefix, t.Hash, t.CreatedAt = newID(), token[:shownOfToken], auth.HashToken(token), now
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&t).Error; err != nil {
			return err
		}
		return audit(tx, AuditEntry{
			Action: "token.create", SubjectKind: "machine_token", SubjectID: t.ID, OrgID: t.OrgID,
			Details: map[string]any{"prefix": t.Prefix, "scopes": t.Scopes, "networks": t.Networks, "expires": t.ExpiresAt},
		})
	})
	return token, &t, fail(err, "create token")
}

// networks checks a list of networks; an address alone is a network of one.
func networks(text string) (string, error) {
	var list []string
	for field := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",，;； \n\t", r) }) {
		if addr, err := netip.ParseAddr(field); err == nil {
			list = append(list, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()).String())
			continue
		}
		n, err := netip.ParsePrefix(field)
		if err != nil {
			return "", apperr.Newf(apperr.Invalid, "“%s”不是网段，请写成 10.1.0.0/16 的形式。", field).On("networks")
		}
		list = append(list, n.Masked().String())
	}
	if len(list) > maxNetworks {
		return "", apperr.Newf(apperr.Invalid, "网段最多 %d 个。", maxNetworks).On("networks")
	}
	return strings.Join(list, ","), nil
}

// UseMachineToken returns the token if it is good now and may be used from an address, and
// notes the use: of each operation once a day in the audit log.
func (s *Store) UseMachineToken(ctx context.Context, token, operation, ip string) (*MachineToken, error) {
	var t MachineToken
	if err := s.DB(ctx).Where("hash = ?", auth.HashToken(token)).Limit(1).Find(&t).Error; err != nil {
		return nil, fail(err, "load token")
	}
	now := s.Now()
	switch {
	case t.ID == "" || t.RevokedAt != nil:
		return nil, apperr.New(apperr.Unauthenticated, "令牌无效或已作废，请向安全管理员申请新的令牌。")
	case !now.Before(t.ExpiresAt):
		return nil, apperr.New(apperr.Unauthenticated, "令牌已到期，请向安全管理员申请新的令牌。")
	case !t.From(ip):
		return nil, apperr.New(apperr.Forbidden, "令牌不能从这个地址使用，请由安全管理员核对允许的网段。")
	}
	if t.UsedAt == nil || now.Sub(*t.UsedAt) >= touchEvery {
		err := s.DB(ctx).Model(&MachineToken{}).Where("id = ?", t.ID).Updates(map[string]any{"used_at": now, "used_ip": ip}).Error
		if err != nil {
			return nil, fail(err, "note use of token")
		}
	}
	return &t, s.noteUse(ctx, t, operation, now)
}

func (s *Store) noteUse(ctx context.Context, t MachineToken, operation string, now time.Time) error {
	use := MachineTokenUse{TokenID: t.ID, Operation: operation, Day: now.Format(time.DateOnly)}
	var n int64
	err := s.DB(ctx).Model(&MachineTokenUse{}).Where("token_id = ? AND operation = ? AND day = ?", use.TokenID, use.Operation, use.Day).Count(&n).Error
	if err != nil || n > 0 {
		return fail(err, "look for use of token")
	}
	return s.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&use)
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		return audit(tx, AuditEntry{
			ActorID: t.ID, Action: "token.use", SubjectKind: "machine_token", SubjectID: t.ID, OrgID: t.OrgID, Details: map[string]any{"operation": operation},
		})
	})
}

// RevokeMachineToken ends a token; ending it again changes nothing.
func (s *Store) RevokeMachineToken(ctx context.Context, scope Scope, id, by string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var t MachineToken
		q := scope.Orgs(tx.Table("machine_tokens").Select("machine_tokens.*").Joins("JOIN orgs ON orgs.id = machine_tokens.org_id"))
		if err := q.Where("machine_tokens.id = ?", id).Take(&t).Error; err != nil {
			return found(err, "令牌", "load token")
		}
		if t.RevokedAt != nil {
			return nil
		}
		err := tx.Model(&MachineToken{}).Where("id = ?", id).Updates(map[string]any{"revoked_at": s.Now(), "revoked_by": by}).Error
		if err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "token.revoke", SubjectKind: "machine_token", SubjectID: id, OrgID: t.OrgID})
	})
}

// MachineTokenView is a token with the names that lists show.
type MachineTokenView struct {
	MachineToken

	Org, Creator string
}

var machineTokenOrders = map[string]order[MachineTokenView]{
	"created":  {"machine_tokens.created_at, machine_tokens.id", machineTokenCreated},
	"-created": {"machine_tokens.created_at DESC, machine_tokens.id DESC", machineTokenCreated},
}

func machineTokenCreated(v *MachineTokenView) []any { return []any{&v.CreatedAt, &v.ID} }

// MachineTokens lists the tokens of organisations in scope, the newest first unless asked
// otherwise; valid narrows to those that are good now, or are not. text is within the name.
func (s *Store) MachineTokens(ctx context.Context, scope Scope, valid *bool, text string, p Page) ([]MachineTokenView, string, error) {
	o, p, err := chosen(machineTokenOrders, p, "-created")
	if err != nil {
		return nil, "", err
	}
	q := scope.Orgs(s.DB(ctx).Table("machine_tokens")).
		Select("machine_tokens.*, orgs.name AS org, COALESCE(u.name, '') AS creator").
		Joins("JOIN orgs ON orgs.id = machine_tokens.org_id").Joins("LEFT JOIN users u ON u.id = machine_tokens.created_by")
	if valid != nil && *valid {
		q = q.Where("machine_tokens.revoked_at IS NULL AND machine_tokens.expires_at > ?", s.Now())
	} else if valid != nil {
		q = q.Where("(machine_tokens.revoked_at IS NOT NULL OR machine_tokens.expires_at <= ?)", s.Now())
	}
	if text != "" {
		q = q.Where("machine_tokens.name LIKE ? ESCAPE '!'", contains(text))
	}
	return paged(q, p, o.by, o.keys, "list tokens")
}

// tokenKept is how long a token that ended can be told from one that never was.
const tokenKept = 30 * 24 * time.Hour

// PurgeTokens forgets what tokens that ended a while ago were known by, and from where they
// were used. Their rows stay: the audit log names them.
func (s *Store) PurgeTokens(ctx context.Context) error {
	before := s.Now().Add(-tokenKept)
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var ids []string
		err := tx.Model(&MachineToken{}).Where("(expires_at < ? OR revoked_at < ?) AND hash <> id", before, before).
			Order("created_at, id").Limit(batchSize).Pluck("id", &ids).Error
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := tx.Model(&MachineToken{}).Where("id = ?", id).Updates(map[string]any{"hash": id, "used_ip": ""}).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return fail(err, "forget ended tokens")
}
