package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"zhengxiao/internal/auth"
	"zhengxiao/models"
)

// Users lets an operator help who is locked out of everything, above all the last security
// administrator.
func Users(open func(context.Context) (*models.Store, func(), error)) *cobra.Command {
	c := &cobra.Command{Use: "users", Short: "账号的应急处理", Args: NoArgs, RunE: NeedCommand}
	c.AddCommand(&cobra.Command{
		Use: "reset 账号", Short: "重置一个账号：新的一次性密码，取消动态验证码和锁定，退出全部登录；记入审计日志", Args: oneLogin,
		RunE: func(c *cobra.Command, args []string) error {
			store, done, err := open(c.Context())
			if err != nil {
				return err
			}
			defer done()
			password := auth.InitialPassword(args[0])
			hadFactor, err := store.ResetAccount(c.Context(), args[0], auth.DefaultParams().Hash(password))
			if err != nil {
				return err
			}
			note := ""
			if hadFactor {
				note = "动态验证码已取消，登录后请重新启用。"
			}
			_, err = fmt.Fprintf(c.OutOrStdout(),
				"账号 %s 的一次性密码：%s\n只显示这一次，请当面交给本人；首次登录必须修改。%s\n", args[0], password, note)
			return err
		},
	})
	return c
}

func oneLogin(_ *cobra.Command, args []string) error {
	if len(args) != 1 || args[0] == "" {
		return &UsageError{errors.New("请给出一个账号")}
	}
	return nil
}
