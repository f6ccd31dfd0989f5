package app

import (
	"context"
	"fmt"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/models"
)

// FirstLogin is the login of the first system administrator.
const FirstLogin = "admin"

// Root names the two organisations above every district.
type Root struct {
	ProvinceCode, Province string
	CityCode, City         string
}

// DefaultRoot is where the programme's published practice comes from.
func DefaultRoot() Root {
	return Root{ProvinceCode: "44", Province: "广东省", CityCode: "4401", City: "广州市"}
}

// FirstAccount is the first account and its one-time password, which is kept nowhere.
type FirstAccount struct{ Login, Password string }

// Bootstrap puts into an empty database what nobody could add from outside: the base
// policies, the root organisations and the first administrator, who must change the
// password. It returns that account once; nil when the database is in use. Every step
// may be repeated, so a start that was interrupted is completed by the next; a first
// password that was never used is replaced, because it may never have been seen.
func Bootstrap(ctx context.Context, s *models.Store, root Root) (*FirstAccount, error) {
	for _, programme := range policy.Programmes() {
		body, err := policy.Base(programme)
		if err != nil {
			return nil, fmt.Errorf("load base policy: %w", err)
		}
		if err := s.PutPolicy(ctx, policy.Digest(body), programme, body); err != nil {
			return nil, err
		}
	}
	first, untouched, err := unclaimed(ctx, s)
	if err != nil || !untouched {
		return nil, err
	}
	account := &FirstAccount{Login: FirstLogin, Password: auth.InitialPassword(FirstLogin)}
	hash := auth.DefaultParams().Hash(account.Password)
	if first != nil {
		return account, s.SetPassword(ctx, first.ID, hash, true, "")
	}
	province, err := ensureOrg(ctx, s, models.NewOrg{Level: models.LevelProvince, Code: root.ProvinceCode, Name: root.Province})
	if err != nil {
		return nil, err
	}
	_, err = ensureOrg(ctx, s, models.NewOrg{ParentID: province.ID, Level: models.LevelCity, Code: root.CityCode, Name: root.City})
	if err != nil {
		return nil, err
	}
	_, err = s.CreateUser(ctx, models.NewUser{
		Login: account.Login, Name: domain.RoleSysadmin.Name(), PasswordHash: hash, MustChange: true,
		OrgID: province.ID, Roles: []domain.Role{domain.RoleSysadmin},
	})
	return account, err
}

// unclaimed reports whether nobody has ever taken the system over: there is no account,
// or only the first one, with its one-time password.
func unclaimed(ctx context.Context, s *models.Store) (first *models.User, ok bool, err error) {
	var users []models.User
	if err := s.DB(ctx).Limit(2).Find(&users).Error; err != nil {
		return nil, false, fmt.Errorf("look for accounts: %w", err)
	}
	switch {
	case len(users) == 0:
		return nil, true, nil
	case len(users) == 1 && users[0].Login == FirstLogin && users[0].MustChange:
		return &users[0], true, nil
	}
	return nil, false, nil
}

func ensureOrg(ctx context.Context, s *models.Store, n models.NewOrg) (*models.Org, error) {
	org, err := s.OrgByCode(ctx, n.Code)
	if apperr.Is(err, apperr.NotFound) {
		return s.CreateOrg(ctx, n)
	}
	return org, err
}
