package api

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/boombuler/barcode/qr"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// Who must have a second factor.
const (
	FactorOff        = "off"
	FactorPrivileged = "privileged"
	FactorAll        = "all"
)

// codeFactorSetup is what is left undone until a second factor that must be is set up.
const codeFactorSetup apperr.Code = "second_factor_setup"

// privileged are those who decide over others.
var privileged = join(triad, roles(domain.RoleCityOffice, domain.RoleBureau, domain.RoleDistrict))

// recoveryCodes is how many there are of an account.
const recoveryCodes = 10

// factorRequired reports whether who has these roles must have a second factor.
func factorRequired(mode string, grants []models.Grant) bool {
	switch mode {
	case FactorAll:
		return true
	case FactorPrivileged:
		return slices.ContainsFunc(grants, func(g models.Grant) bool { return slices.Contains(privileged, g.Role) })
	default:
		return false
	}
}

// unfactored refuses everything but setting it up to who must have a second factor and has
// none.
func (e *enforcer) unfactored(ctx context.Context, a *access) (bool, error) {
	if a.token != nil || a.session.Factored || !factorRequired(e.factor, a.grants) {
		return false, nil
	}
	f, err := e.store.SecondFactor(ctx, a.user.ID)
	return f == nil, err
}

// second asks for the second factor of who gave the right password. A wrong code counts as
// a wrong password does; a missing one does not.
func (g *gatekeeper) second(code string) ask {
	return func(ctx context.Context, u *models.User) (models.Verdict, error) {
		f, err := g.store.SecondFactor(ctx, u.ID)
		switch {
		case err != nil:
			return models.Undecided, err
		case f == nil:
			return models.Right, nil
		case code == "":
			return models.Undecided, apperr.New(models.CodeSecondFactor, "请输入动态验证码：手机应用当前显示的 6 位数字，或一个恢复码。").On("code")
		}
		good, err := g.store.UseSecondFactor(ctx, *f, code)
		switch {
		case err != nil:
			return models.Undecided, err
		case good:
			return models.Right, nil
		}
		return models.WrongCode,
			apperr.New(models.CodeSecondFactor, "动态验证码不正确或已用过，请等下一个验证码出现后再试；连续输错会暂时锁定账号。").On("code")
	}
}

// factor asks for the second factor of who has come without a password; asked is whether
// there is one.
func (g *gatekeeper) factor(ctx context.Context, u *models.User, code string) (asked bool, err error) {
	if f, err := g.store.SecondFactor(ctx, u.ID); err != nil || f == nil {
		return false, err
	}
	return true, g.store.Guess(ctx, models.Account(u.ID), g.lockout, func(ctx context.Context) (models.Verdict, error) {
		return g.second(code)(ctx, u)
	})
}

// checkCode proves by the second factor alone that it is still the same person.
func (g *gatekeeper) checkCode(ctx context.Context, u *models.User, code string) error {
	asked, err := g.factor(ctx, u, code)
	switch {
	case err == nil && !asked:
		return apperr.Field("code", "该账号没有启用动态验证码，请用密码验证。")
	case apperr.Is(err, models.CodeSecondFactor):
		return apperr.Field("code", apperr.MessageOf(err))
	}
	return err
}

// GetSecondFactor says how the caller's second factor stands.
func (s *server) GetSecondFactor(ctx context.Context, _ gen.GetSecondFactorRequestObject) (gen.GetSecondFactorResponseObject, error) {
	a := accessOf(ctx)
	f, err := s.store.SecondFactor(ctx, a.user.ID)
	if err != nil {
		return nil, err
	}
	left, err := s.store.RecoveryCodesLeft(ctx, a.user.ID)
	return gen.GetSecondFactor200JSONResponse{
		Enabled: f != nil, Required: factorRequired(s.config.SecondFactor, a.grants), RecoveryCodesLeft: left,
	}, err
}

// BeginSecondFactor makes a secret for the caller's authenticator app.
func (s *server) BeginSecondFactor(ctx context.Context, _ gen.BeginSecondFactorRequestObject) (gen.BeginSecondFactorResponseObject, error) {
	a, secret := accessOf(ctx), auth.NewTOTPSecret()
	address := auth.TOTPURL("整校推进", a.user.Login, secret)
	image, err := qrImage(address)
	if err != nil {
		return nil, err
	}
	if err := s.store.BeginSecondFactor(ctx, a.user.ID, secret); err != nil {
		return nil, err
	}
	return gen.BeginSecondFactor200JSONResponse{Secret: secret, Address: address, Image: image}, nil
}

// qrImage draws a QR code as an image that a page can show.
func qrImage(text string) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("draw QR code: %w", err)
	}
	const margin = 4
	size := code.Bounds().Dx()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[1]d" shape-rendering="crispEdges">`+
		`<rect width="100%%" height="100%%" fill="#fff"/><path d="`,
		size+2*margin)
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+margin, y+margin)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(b.String())), nil
}

func newRecoveryCodes() (codes, hashes []string) {
	for range recoveryCodes {
		code := auth.NewRecoveryCode()
		codes, hashes = append(codes, code), append(hashes, auth.HashRecovery(code))
	}
	return codes, hashes
}

// ConfirmSecondFactor puts it to use, and gives out the recovery codes.
func (s *server) ConfirmSecondFactor(ctx context.Context, r gen.ConfirmSecondFactorRequestObject) (gen.ConfirmSecondFactorResponseObject, error) {
	codes, hashes := newRecoveryCodes()
	err := s.store.ConfirmSecondFactor(ctx, accessOf(ctx).user.ID, r.Body.Code, hashes)
	return gen.ConfirmSecondFactor200JSONResponse{Codes: codes}, err
}

// RenewRecoveryCodes gives out new recovery codes; the old ones are no good any more.
func (s *server) RenewRecoveryCodes(ctx context.Context, _ gen.RenewRecoveryCodesRequestObject) (gen.RenewRecoveryCodesResponseObject, error) {
	codes, hashes := newRecoveryCodes()
	err := s.store.PutRecoveryCodes(ctx, accessOf(ctx).user.ID, hashes)
	return gen.RenewRecoveryCodes200JSONResponse{Codes: codes}, err
}

// DropSecondFactor takes the caller's second factor off, unless it must be.
func (s *server) DropSecondFactor(ctx context.Context, _ gen.DropSecondFactorRequestObject) (gen.DropSecondFactorResponseObject, error) {
	a := accessOf(ctx)
	if factorRequired(s.config.SecondFactor, a.grants) {
		return nil, apperr.New(apperr.Conflict, "您的身份必须使用动态验证码，不能停用；换手机时请由管理员重置后重新启用。")
	}
	return gen.DropSecondFactor204Response{}, s.store.DropSecondFactor(ctx, a.user.ID, "")
}

// ResetSecondFactor takes the second factor off an account whose owner lost it, and tells
// the owner.
func (s *server) ResetSecondFactor(ctx context.Context, _ gen.ResetSecondFactorRequestObject) (gen.ResetSecondFactorResponseObject, error) {
	u, err := s.manages(ctx)
	if err != nil {
		return nil, err
	}
	by := accessOf(ctx).user
	if u.ID == by.ID {
		return nil, apperr.New(apperr.Conflict, "不能重置自己的动态验证码，请由其他管理员办理。")
	}
	told := "管理员 " + by.Name + " 重置了您的动态验证码，请重新启用；如非您本人申请，请立即联系安全管理员。"
	return gen.ResetSecondFactor204Response{}, s.store.DropSecondFactor(ctx, u.ID, told)
}
