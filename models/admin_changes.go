package models

import (
	"context"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// AskAdminChange keeps a request for a change to one of 三员 until a second person decides.
func (s *Store) AskAdminChange(ctx context.Context, c AdminChange) (*AdminChange, error) {
	c.ID, c.Status, c.OpenSlot, c.AskedAt = newID(), AdminChangeOpen, c.UserID, s.Now()
	if c.Reason = strings.TrimSpace(c.Reason); c.Reason == "" {
		return nil, apperr.Field("reason", "请填写理由，复核人据此决定。")
	}
	if c.AskedBy == c.UserID {
		return nil, apperr.New(apperr.Conflict, "不能为自己申请，请由另一名安全管理员办理。").On("user_id")
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.possible(tx, &c); err != nil {
			return err
		}
		if err := tx.Create(&c).Error; IsDuplicate(err) {
			return apperr.Wrap(err, apperr.Conflict, "该账号已有一份申请等待复核，请先处理。").On("user_id")
		} else if err != nil {
			return err
		}
		if err := audit(tx, changing("admin.ask", c)); err != nil {
			return err
		}
		return s.tellDeciders(tx, c)
	})
	return &c, fail(err, "ask for change of administrator")
}

func changing(action string, c AdminChange) AuditEntry {
	return AuditEntry{
		Action: action, SubjectKind: "admin_change", SubjectID: c.ID, OrgID: c.OrgID,
		Details: map[string]any{"kind": c.Kind, "user": c.UserID, "role": c.Role},
	}
}

// possible checks a change against what is, when it is asked for and again when it is
// decided. For an account, role and organisation become those it has.
func (s *Store) possible(tx *gorm.DB, c *AdminChange) error {
	if c.Kind == AdminGrant {
		if !c.Role.Triad() {
			return apperr.New(apperr.Invalid, "只有系统、安全、审计管理员的变更需要两人办理，其他身份请直接授予。").On("role")
		}
		return apartFrom(tx, c.UserID, c.Role)
	}
	var held Grant
	q := tx.Where("user_id = ? AND role IN ?", c.UserID, domain.TriadRoles())
	if c.Kind == AdminRevoke {
		q = q.Where("role = ? AND org_id = ?", c.Role, c.OrgID)
	}
	if err := q.Order("role, org_id").Limit(1).Find(&held).Error; err != nil {
		return err
	}
	if held.UserID == "" {
		return apperr.New(apperr.Conflict, "该账号没有这一管理员身份，请刷新后核对。").On("role")
	}
	c.Role, c.OrgID = held.Role, held.OrgID
	if c.Kind == AdminRevoke || c.Kind == AdminDisable {
		return staffed(tx, c.UserID, c.Role)
	}
	return nil
}

// deciders may decide on a change: security administrators above it, other than who asked
// and whom it is about; where there is none, system administrators, or a first security
// administrator could never get a second.
func (s *Store) deciders(tx *gorm.DB, c AdminChange) ([]User, error) {
	var org Org
	if err := tx.Where("id = ?", c.OrgID).Take(&org).Error; err != nil {
		return nil, found(err, "机构", "load organisation")
	}
	for _, role := range []domain.Role{domain.RoleSecurity, domain.RoleSysadmin} {
		var rows []User
		err := tx.Distinct("users.id", "users.name").Joins("JOIN grants ON grants.user_id = users.id").
			Where("grants.role = ? AND grants.org_id IN (SELECT id FROM orgs WHERE path IN ?)", role, ancestors([]string{org.Path})).
			Where("users.disabled = ? AND users.id NOT IN ?", false, []string{c.AskedBy, c.UserID}).
			Order("users.name, users.id").Find(&rows).Error
		if err != nil || len(rows) > 0 {
			return rows, err
		}
	}
	return nil, nil
}

func (s *Store) tellDeciders(tx *gorm.DB, c AdminChange) error {
	people, err := s.deciders(tx, c)
	if err != nil {
		return err
	}
	if len(people) == 0 {
		return apperr.New(CodeTwoPersons, "没有其他安全管理员或系统管理员可以复核；请在服务器上用 zhengxiao users 命令办理。")
	}
	var about User
	if err := tx.Where("id = ?", c.UserID).Take(&about).Error; err != nil {
		return found(err, "用户", "load user")
	}
	n := Notice{
		Source: "admin/" + c.ID, Kind: noticeAdmin,
		Title: "待复核：" + c.Kind.Name() + " " + about.Name + "（" + c.Role.Name() + "）", Body: c.Reason, Link: "/admin-changes", CreatedAt: c.AskedAt,
	}
	return s.tellDesks(tx, n, "有一件三员变更申请待复核", "", idsOf(people)...)
}

func idsOf(people []User) []string {
	ids := make([]string, len(people))
	for i, u := range people {
		ids[i] = u.ID
	}
	return ids
}

// AdminDecision is what a second person says to a change. PasswordHash is that of the
// one-time password for a reset.
type AdminDecision struct {
	ID           string
	By           string
	Approve      bool
	Comment      string
	PasswordHash string
}

// AdminChange returns one change.
func (s *Store) AdminChange(ctx context.Context, id string) (*AdminChange, error) {
	var c AdminChange
	err := s.DB(ctx).Where("id = ?", id).Take(&c).Error
	return &c, found(err, "申请", "load change of administrator")
}

// DecideAdminChange carries a change out, or not. Who asked for it may only take it back.
func (s *Store) DecideAdminChange(ctx context.Context, d AdminDecision) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var c AdminChange
		if err := forUpdate(tx).Where("id = ?", d.ID).Take(&c).Error; err != nil {
			return found(err, "申请", "load change of administrator")
		}
		if c.Status != AdminChangeOpen {
			return apperr.New(apperr.Conflict, "该申请已有结果，请刷新后查看。")
		}
		status, err := s.decided(tx, c, d)
		if err != nil {
			return err
		}
		now := s.Now()
		c.Status, c.OpenSlot, c.DecidedBy, c.DecidedAt, c.Comment = status, c.ID, d.By, &now, strings.TrimSpace(d.Comment)
		if err := tx.Save(&c).Error; err != nil {
			return err
		}
		if err := audit(tx, changing("admin."+string(status), c)); err != nil || status != AdminChangeApproved {
			return err
		}
		return s.carryOut(tx, c, d.PasswordHash)
	})
}

// decided is what becomes of a change, if the person may say so.
func (s *Store) decided(tx *gorm.DB, c AdminChange, d AdminDecision) (AdminChangeStatus, error) {
	switch {
	case d.By == c.AskedBy && !d.Approve:
		return AdminChangeWithdrawn, nil
	case d.By == c.AskedBy:
		return "", apperr.New(CodeTwoPersons, "申请人不能复核自己的申请，须由另一名安全管理员复核。")
	case d.By == c.UserID:
		return "", apperr.New(CodeTwoPersons, "不能复核关于自己的申请，须由另一名安全管理员复核。")
	}
	people, err := s.deciders(tx, c)
	if err != nil {
		return "", err
	}
	if !containsUser(people, d.By) {
		return "", apperr.New(CodeTwoPersons, "该申请须由安全管理员复核；只有没有其他安全管理员时，才由系统管理员复核。")
	}
	if !d.Approve {
		return AdminChangeDeclined, nil
	}
	return AdminChangeApproved, s.possible(tx, &c)
}

func containsUser(people []User, id string) bool {
	for _, u := range people {
		if u.ID == id {
			return true
		}
	}
	return false
}

func (s *Store) carryOut(tx *gorm.DB, c AdminChange, passwordHash string) error {
	switch c.Kind {
	case AdminGrant:
		g := Grant{UserID: c.UserID, Role: c.Role, OrgID: c.OrgID, CreatedAt: s.Now()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&g).Error; err != nil {
			return err
		}
		return audit(tx, granted("user.grant", g))
	case AdminRevoke:
		g := Grant{UserID: c.UserID, Role: c.Role, OrgID: c.OrgID}
		if err := tx.Where("user_id = ? AND role = ? AND org_id = ?", g.UserID, g.Role, g.OrgID).Delete(&Grant{}).Error; err != nil {
			return err
		}
		return audit(tx, granted("user.revoke", g))
	case AdminReset:
		if _, err := dropSecondFactor(tx, c.UserID); err != nil {
			return err
		}
		return s.setPassword(tx, c.UserID, passwordHash, true, "")
	case AdminDisable:
		return s.setDisabled(tx, c.UserID, true)
	default:
		return s.setDisabled(tx, c.UserID, false)
	}
}

// AdminChangeView is a change with the names that lists show.
type AdminChangeView struct {
	AdminChange

	Name, Login, Org, Asker, Decider string
}

var adminChangeOrders = map[string]order[AdminChangeView]{
	"asked":  {"admin_changes.asked_at, admin_changes.id", adminChangeAsked},
	"-asked": {"admin_changes.asked_at DESC, admin_changes.id DESC", adminChangeAsked},
}

func adminChangeAsked(v *AdminChangeView) []any { return []any{&v.AskedAt, &v.ID} }

// AdminChanges lists changes at organisations in scope, the newest first unless asked
// otherwise. text is within the name or the login of the account.
func (s *Store) AdminChanges(ctx context.Context, scope Scope, status, text string, p Page) ([]AdminChangeView, string, error) {
	o, p, err := chosen(adminChangeOrders, p, "-asked")
	if err != nil {
		return nil, "", err
	}
	q := scope.Orgs(s.DB(ctx).Table("admin_changes")).
		Select("admin_changes.*, u.name AS name, u.login AS login, orgs.name AS org, COALESCE(a.name, '') AS asker, COALESCE(d.name, '') AS decider").
		Joins("JOIN orgs ON orgs.id = admin_changes.org_id").Joins("JOIN users u ON u.id = admin_changes.user_id").
		Joins("LEFT JOIN users a ON a.id = admin_changes.asked_by").Joins("LEFT JOIN users d ON d.id = admin_changes.decided_by")
	if status != "" {
		q = q.Where("admin_changes.status = ?", status)
	}
	if text != "" {
		q = q.Where("(u.name LIKE ? ESCAPE '!' OR u.login LIKE ? ESCAPE '!')", contains(text), contains(text))
	}
	return paged(q, p, o.by, o.keys, "list changes of administrators")
}
