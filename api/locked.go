package api

import (
	"context"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// lockCauses are the names of what locks an account.
var lockCauses = map[models.Verdict]string{models.WrongPassword: "密码连续输错", models.WrongCode: "动态验证码连续输错"}

// ListLockedAccounts lists the accounts below the caller's organisations that are locked now.
func (s *server) ListLockedAccounts(
	ctx context.Context, r gen.ListLockedAccountsRequestObject,
) (gen.ListLockedAccountsResponseObject, error) {
	under, err := s.under(ctx, r.Params.Under)
	if err != nil {
		return nil, err
	}
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	f := models.LockedFilter{Under: under, Cause: r.Params.Cause, Text: r.Params.Q}
	rows, next, err := s.store.LockedAccounts(ctx, accessOf(ctx).scope, f, p)
	return gen.ListLockedAccounts200JSONResponse{Items: convert(rows, func(v models.LockedAccount) gen.LockedAccount {
		return gen.LockedAccount{
			Id: v.ID, Login: v.Login, Name: v.Name, Org: gen.Ref{Id: v.OrgID, Name: v.Org}, Cause: v.LockedFor,
			CauseName: lockCauses[models.Verdict(v.LockedFor)], Since: at(v.LockedAt), Until: v.LockedUntil,
		}
	}), Next: next}, err
}

// UnlockUser lets an account sign in again before its time; it gives nobody anything, so
// that a security administrator may do it to 三员, too, alone.
func (s *server) UnlockUser(ctx context.Context, r gen.UnlockUserRequestObject) (gen.UnlockUserResponseObject, error) {
	u, err := s.looksAfter(ctx)
	if err != nil {
		return nil, err
	}
	by, reason := accessOf(ctx).user, strings.TrimSpace(r.Body.Reason)
	switch {
	case u.ID == by.ID:
		return nil, apperr.New(apperr.Conflict, "不能解除自己账号的锁定，请由其他管理员办理。")
	case reason == "":
		return nil, apperr.Field("reason", "请写明解除锁定的理由，例如如何核实了是本人。")
	}
	told := "管理员 " + by.Name + " 解除了您账号的锁定，理由：" + reason + "。锁定是因为有人连续输错；如非您本人，请立即修改密码并联系安全管理员。"
	return gen.UnlockUser204Response{}, s.store.Unlock(ctx, u.ID, reason, told)
}
