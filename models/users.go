package models

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/secret"
)

// CodeIDNumber is an ID number that cannot be one.
const CodeIDNumber apperr.Code = "id_number"

// The sealed columns. Their names are authenticated with the values.
const (
	columnIDNumber = "users.id_number"
	columnPhone    = "users.phone"
)

// Batches keep statements within the number of parameters both dialects take.
const batchSize = 200

// NewUser describes an account to create. IDNumber and Phone may be empty.
type NewUser struct {
	Login        string
	Name         string
	PasswordHash string
	MustChange   bool
	OrgID        string
	IDNumber     string
	Phone        string
	Roles        []domain.Role // granted at OrgID
}

// CreateUser adds one account.
func (s *Store) CreateUser(ctx context.Context, n NewUser) (*User, error) {
	users, err := s.CreateUsers(ctx, []NewUser{n})
	if err != nil {
		return nil, err
	}
	return &users[0], nil
}

// CreateUsers adds accounts, all or none, and returns them in the order given.
func (s *Store) CreateUsers(ctx context.Context, list []NewUser) ([]User, error) {
	users := make([]User, 0, len(list))
	var grants []Grant
	var numbers []string
	for _, n := range list {
		u, err := s.newUser(n)
		if err == nil {
			err = onlyOneOfTriad(n.Roles)
		}
		if err != nil {
			return nil, err
		}
		users = append(users, u)
		numbers = append(numbers, n.IDNumber)
		for _, role := range n.Roles {
			grants = append(grants, Grant{UserID: u.ID, Role: role, OrgID: u.OrgID, CreatedAt: u.CreatedAt})
		}
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.notBeside(tx, "", numbers...); err != nil {
			return err
		}
		if err := tx.CreateInBatches(users, batchSize).Error; err != nil {
			return duplicateUser(err)
		}
		for i, u := range users {
			roles := list[i].Roles
			e := AuditEntry{Action: "user.create", SubjectKind: "user", SubjectID: u.ID, OrgID: u.OrgID, Details: map[string]any{"roles": roles}}
			if err := audit(tx, e); err != nil {
				return err
			}
		}
		if len(grants) == 0 {
			return nil
		}
		return tx.CreateInBatches(grants, batchSize).Error
	})
	return users, fail(err, "create users")
}

func (s *Store) newUser(n NewUser) (User, error) {
	now := s.Now()
	u := User{
		ID: newID(), Login: strings.ToLower(strings.TrimSpace(n.Login)), Name: strings.TrimSpace(n.Name),
		PasswordHash: n.PasswordHash, MustChange: n.MustChange, PasswordAt: &now, OrgID: n.OrgID, CreatedAt: now, UpdatedAt: now,
	}
	switch {
	case u.Login == "" || utf8.RuneCountInString(u.Login) > 64:
		return u, apperr.Field("login", "请填写不超过64个字的账号。")
	case u.Name == "" || utf8.RuneCountInString(u.Name) > 64:
		return u, apperr.Field("name", "请填写不超过64个字的姓名。")
	}
	return u, s.seal(&u, n.IDNumber, n.Phone)
}

// seal puts the personal data into the row: encrypted, indexed, masked.
func (s *Store) seal(u *User, idNumber, phone string) error {
	id := secret.NormalizeID(idNumber)
	if id != "" && !secret.ValidID(id) {
		return apperr.New(CodeIDNumber, "身份证号不正确：应为18位，且日期和校验码有效，请核对。").On("id_number")
	}
	s.sealID(u, id)
	s.sealPhone(u, strings.TrimSpace(phone))
	return nil
}

// sealID puts a valid, normalised ID number into the row, or none.
func (s *Store) sealID(u *User, id string) {
	u.IDNumberEnc, u.IDNumberMask, u.IDNumberIndex = s.keys.Seal(columnIDNumber, u.ID, id), secret.MaskID(id), nil
	if id != "" {
		index := s.keys.Index(columnIDNumber, id)
		u.IDNumberIndex = &index
	}
}

func (s *Store) sealPhone(u *User, phone string) {
	u.PhoneEnc, u.PhoneIndex = s.keys.Seal(columnPhone, u.ID, phone), s.keys.Index(columnPhone, secret.NormalizePhone(phone))
}

// notBeside refuses ID numbers that another account has under an index key that is being
// replaced: the unique index does not see those.
func (s *Store) notBeside(tx *gorm.DB, own string, numbers ...string) error {
	var beside []string
	for _, n := range numbers {
		if all := s.idIndexes(n); len(all) > 1 {
			beside = append(beside, all[1:]...)
		}
	}
	for some := range slices.Chunk(beside, batchSize) {
		var n int64
		if err := tx.Model(&User{}).Where("id_number_index IN ? AND id <> ?", some, own).Count(&n).Error; err != nil || n > 0 {
			return errors.Join(err, errNumberTaken)
		}
	}
	return nil
}

var errNumberTaken = apperr.New(apperr.Conflict, "该身份证号已有账号，请在已有账号上添加身份。").On("id_number")

func duplicateUser(err error) error {
	switch {
	case !IsDuplicate(err):
		return err
	case strings.Contains(err.Error(), "id_number"):
		return errors.Join(errNumberTaken, err)
	}
	return apperr.Wrap(err, apperr.Conflict, "该账号已被使用，请换一个。").On("login")
}

// User returns one account.
func (s *Store) User(ctx context.Context, id string) (*User, error) {
	return s.user(ctx, "id = ?", id)
}

// UserByLogin returns the account with that login name.
func (s *Store) UserByLogin(ctx context.Context, login string) (*User, error) {
	return s.user(ctx, "login = ?", strings.ToLower(strings.TrimSpace(login)))
}

// UserByIDNumber finds an account by the whole ID number, through its blind index.
func (s *Store) UserByIDNumber(ctx context.Context, number string) (*User, error) {
	return s.user(ctx, "id_number_index IN ?", s.idIndexes(number))
}

func (s *Store) user(ctx context.Context, where string, arg any) (*User, error) {
	var u User
	if err := s.DB(ctx).Where(where, arg).Take(&u).Error; err != nil {
		return nil, found(err, "用户", "load user")
	}
	return &u, nil
}

// Personal is what is sealed in an account.
type Personal struct{ IDNumber, Phone string }

// Personal opens an account's personal data. Who may see it is the caller's to decide.
func (s *Store) Personal(u *User) (Personal, error) {
	id, err := s.keys.Open(columnIDNumber, u.ID, u.IDNumberEnc)
	if err != nil {
		return Personal{}, err
	}
	phone, err := s.keys.Open(columnPhone, u.ID, u.PhoneEnc)
	return Personal{IDNumber: id, Phone: phone}, err
}

// UpdateUser changes an account's name and personal data.
func (s *Store) UpdateUser(ctx context.Context, id, name string, p Personal) error {
	u := User{ID: id, Name: strings.TrimSpace(name), UpdatedAt: s.Now()}
	if u.Name == "" {
		return apperr.Field("name", "请填写姓名。")
	}
	if err := s.seal(&u, p.IDNumber, p.Phone); err != nil {
		return err
	}
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.notBeside(tx, id, p.IDNumber); err != nil {
			return err
		}
		res := tx.Model(&u).Where("id = ?", id).
			Select("name", "id_number_enc", "id_number_index", "id_number_mask", "phone_enc", "phone_index", "updated_at").Updates(&u)
		if err := one(res, duplicateUser(res.Error), "用户", "update user"); err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "user.update", SubjectKind: "user", SubjectID: id})
	})
}

// one requires that exactly one row was matched. err is res.Error, or what became of it.
func one(res *gorm.DB, err error, what, doing string) error {
	if err == nil && res.RowsAffected == 0 {
		return notFound(what)
	}
	return fail(err, doing)
}

// SetDisabled switches an account off or on. Switching off ends its sessions.
func (s *Store) SetDisabled(ctx context.Context, id string, disabled bool) error {
	return s.Tx(ctx, func(tx *gorm.DB) error { return s.setDisabled(tx, id, disabled) })
}

func (s *Store) setDisabled(tx *gorm.DB, id string, disabled bool) error {
	if disabled {
		role, err := triadOf(tx, id)
		if err == nil {
			err = staffed(tx, id, role)
		}
		if err != nil {
			return err
		}
	}
	q := tx.Model(&User{}).Where("id = ?", id)
	if !disabled {
		q = q.Where("erased_at IS NULL") // nobody is behind it any more
	}
	res := q.Updates(map[string]any{"disabled": disabled, "updated_at": s.Now()})
	if err := one(res, res.Error, "用户", "disable user"); err != nil {
		return err
	}
	action := "user.enable"
	if disabled {
		action = "user.disable"
	}
	if err := audit(tx, AuditEntry{Action: action, SubjectKind: "user", SubjectID: id}); err != nil || !disabled {
		return err
	}
	return tx.Where("user_id = ?", id).Delete(&Session{}).Error
}

// Grants lists an account's roles.
func (s *Store) Grants(ctx context.Context, userID string) ([]Grant, error) {
	var rows []Grant
	err := s.DB(ctx).Where("user_id = ?", userID).Order("role, org_id").Find(&rows).Error
	return rows, fail(err, "list grants")
}

// GrantsOf lists the roles of several accounts, by account.
func (s *Store) GrantsOf(ctx context.Context, userIDs []string) (map[string][]Grant, error) {
	var rows []Grant
	err := s.DB(ctx).Where("user_id IN ?", userIDs).Order("user_id, role, org_id").Find(&rows).Error
	by := map[string][]Grant{}
	for _, g := range rows {
		by[g.UserID] = append(by[g.UserID], g)
	}
	return by, fail(err, "list grants of users")
}

// Grant gives a role; giving it again changes nothing.
func (s *Store) Grant(ctx context.Context, g Grant) error {
	if !g.Role.Valid() {
		return apperr.Field("role", "没有这种身份，请从列表中选择。")
	}
	g.CreatedAt = s.Now()
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := apartFrom(tx, g.UserID, g.Role); err != nil {
			return err
		}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&g).Error; err != nil {
			return err
		}
		return audit(tx, granted("user.grant", g))
	})
	return fail(err, "grant role")
}

// Revoke takes a role away.
func (s *Store) Revoke(ctx context.Context, g Grant) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Where("user_id = ? AND role = ? AND org_id = ?", g.UserID, g.Role, g.OrgID).Delete(&Grant{})
		if err := one(res, res.Error, "身份", "revoke role"); err != nil {
			return err
		}
		return audit(tx, granted("user.revoke", g))
	})
}

// granted is the entry about a role that was given or taken.
func granted(action string, g Grant) AuditEntry {
	return AuditEntry{Action: action, SubjectKind: "user", SubjectID: g.UserID, OrgID: g.OrgID, Details: map[string]any{"role": g.Role, "org": g.OrgID}}
}

// Holders lists the enabled accounts with a role at an organisation, by name.
func (s *Store) Holders(ctx context.Context, orgID string, role domain.Role) ([]User, error) {
	return holders(s.DB(ctx), orgID, role)
}

func holders(tx *gorm.DB, orgID string, role domain.Role) ([]User, error) {
	var rows []User
	err := tx.Joins("JOIN grants ON grants.user_id = users.id").
		Where("grants.org_id = ? AND grants.role = ? AND users.disabled = ?", orgID, role, false).
		Order("users.name, users.id").Find(&rows).Error
	return rows, fail(err, "list holders of role")
}
