package api

import (
	"context"
	"errors"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/sso"
	"zhengxiao/models"
)

// BackchannelLogout ends the sessions that came of one that has ended at a provider. It is
// the provider's server that asks: what it signed is all that lets it.
func (s *server) BackchannelLogout(ctx context.Context, r gen.BackchannelLogoutRequestObject) (gen.BackchannelLogoutResponseObject, error) {
	p, err := s.sso.Get(r.ProviderId)
	if err != nil {
		return nil, err
	}
	e, err := p.Ended(ctx, r.Body.LogoutToken)
	if errors.Is(err, sso.ErrRefused) {
		return nil, apperr.Wrap(err, models.CodeLogoutToken,
			"退出通知无效：须由平台签发给本系统、类型为 logout+jwt、在两分钟内，并写明是谁的登录。请核对平台的设置和双方的时钟。").On("logout_token")
	}
	if err != nil {
		return nil, err
	}
	return gen.BackchannelLogout200Response{}, s.store.EndAtProvider(ctx, p.ID, e.ID, models.At(p.ID, e.Sub, e.SID))
}
