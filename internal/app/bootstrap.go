package app

import (
	"context"
	"fmt"
	"strings"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/models"
)

// FirstLogin is the login of the first system administrator.
const FirstLogin = "admin"

// founders are the first of 三员, who between them make all further accounts.
var founders = []struct {
	login string
	role  domain.Role
}{
	{FirstLogin, domain.RoleSysadmin}, {"security", domain.RoleSecurity}, {"audit", domain.RoleAudit},
}

// Root names the two organisations above every district.
type Root struct {
	ProvinceCode, Province string
	CityCode, City         string
}

// DefaultRoot is where the programme's published practice comes from.
func DefaultRoot() Root {
	return Root{ProvinceCode: "44", Province: "广东省", CityCode: "4401", City: "广州市"}
}

// FirstAccount is one of the first accounts and its one-time password, which is kept
// nowhere.
type FirstAccount struct {
	Login, Password string
	Role            domain.Role
}

// Announce tells an operator the first accounts, a line each.
func Announce(accounts []FirstAccount, indent string) string {
	var b strings.Builder
	for _, a := range accounts {
		fmt.Fprintf(&b, "%s首个账号：%s（%s）　一次性密码：%s\n", indent, a.Login, a.Role.Name(), a.Password)
	}
	if len(accounts) > 0 {
		fmt.Fprintf(&b, "%s首次登录必须修改密码；密码只显示这一次，没有保存。请分别交给三名不同的人。\n", indent)
	}
	return b.String()
}

// Bootstrap puts into an empty database what nobody could add from outside: the base
// policies, the root organisations and the first of each of 三员, who must change their
// passwords. A database from before 三员 were apart gets those who are missing. It returns
// the accounts whose passwords are new. Every step may be repeated, so a start that was
// interrupted is completed by the next; a first password that was never used is replaced,
// because it may never have been seen.
func Bootstrap(ctx context.Context, s *models.Store, root Root) ([]FirstAccount, error) {
	for _, programme := range policy.Programmes() {
		body, err := policy.Base(programme)
		if err != nil {
			return nil, fmt.Errorf("load base policy: %w", err)
		}
		if err := s.PutPolicy(ctx, policy.Digest(body), programme, body); err != nil {
			return nil, err
		}
	}
	province, err := rootOrgs(ctx, s, root)
	if err != nil {
		return nil, err
	}
	var made []FirstAccount
	for _, f := range founders {
		a, err := found(ctx, s, FirstAccount{Login: f.login, Role: f.role}, province)
		if err != nil {
			return nil, err
		}
		if a != nil {
			made = append(made, *a)
		}
	}
	return made, nil
}

// rootOrgs are there already once anybody is: the province that exists is returned then,
// whatever it is called.
func rootOrgs(ctx context.Context, s *models.Store, root Root) (*models.Org, error) {
	rows, _, err := s.Orgs(ctx, models.Scope{All: true}, models.OrgFilter{Level: models.LevelProvince}, models.Page{Limit: 1})
	if err != nil {
		return nil, err
	}
	var users int64
	if err := s.DB(ctx).Model(&models.User{}).Limit(1).Count(&users).Error; err != nil {
		return nil, fmt.Errorf("look for accounts: %w", err)
	}
	if len(rows) > 0 && users > 0 {
		return &rows[0], nil
	}
	province, err := ensureOrg(ctx, s, models.NewOrg{Level: models.LevelProvince, Code: root.ProvinceCode, Name: root.Province})
	if err != nil {
		return nil, err
	}
	_, err = ensureOrg(ctx, s, models.NewOrg{ParentID: province.ID, Level: models.LevelCity, Code: root.CityCode, Name: root.City})
	return province, err
}

// found makes one of the first accounts, or renews a password of it that nobody used; nil
// when somebody has the role already.
func found(ctx context.Context, s *models.Store, a FirstAccount, at *models.Org) (*FirstAccount, error) {
	var holders []models.User
	err := s.DB(ctx).Distinct("users.*").Joins("JOIN grants ON grants.user_id = users.id").Where("grants.role = ?", a.Role).Limit(2).Find(&holders).Error
	if err != nil {
		return nil, fmt.Errorf("look for administrators: %w", err)
	}
	a.Password = auth.InitialPassword(a.Login)
	hash := auth.DefaultParams().Hash(a.Password)
	switch {
	case len(holders) == 0:
	case len(holders) == 1 && holders[0].Login == a.Login && holders[0].MustChange && !holders[0].Disabled:
		return &a, s.SetPassword(ctx, holders[0].ID, hash, true, "")
	default:
		return nil, nil //nolint:nilnil // there is nothing to announce
	}
	_, err = s.CreateUser(ctx, models.NewUser{
		Login: a.Login, Name: a.Role.Name(), PasswordHash: hash, MustChange: true, OrgID: at.ID, Roles: []domain.Role{a.Role},
	})
	return &a, err
}

func ensureOrg(ctx context.Context, s *models.Store, n models.NewOrg) (*models.Org, error) {
	org, err := s.OrgByCode(ctx, n.Code)
	if apperr.Is(err, apperr.NotFound) {
		return s.CreateOrg(ctx, n)
	}
	return org, err
}
