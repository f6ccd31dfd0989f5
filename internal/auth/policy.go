package auth

import (
	"crypto/rand"
	"strings"
	"unicode"
	"unicode/utf8"

	"zhengxiao/internal/apperr"
)

// PasswordPolicy says which passwords a user may choose. Lengths count characters.
type PasswordPolicy struct {
	Min     int
	Max     int
	Classes int // how many of: lower case, upper case, digits, everything else
}

// MLPS is the default policy, the common reading of GB/T 22239-2019 (等保 2.0): at least
// 8 characters of at least 3 of 4 classes.
func MLPS() PasswordPolicy { return PasswordPolicy{Min: 8, Max: 128, Classes: 3} }

// minLogin is the shortest login that a password may not contain: shorter ones occur in
// almost any password.
const minLogin = 3

// Check returns an *apperr.Error on field "password" that names the first rule the
// password breaks. The login may not occur in it, whatever the case.
func (p PasswordPolicy) Check(login, password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return apperr.Field("password", "密码含有无法识别的字符，请重新输入。")
	case n < p.Min:
		return onPassword("密码太短：至少需要 %d 个字符，请加长后再试。", p.Min)
	case n > p.Max:
		return onPassword("密码太长：最多 %d 个字符，请缩短后再试。", p.Max)
	case classes(password) < p.Classes:
		return onPassword("密码过于简单：小写字母、大写字母、数字、符号中至少要有 %d 种，请补充后再试。", p.Classes)
	case utf8.RuneCountInString(login) >= minLogin && strings.Contains(strings.ToLower(password), strings.ToLower(login)):
		return apperr.Field("password", "密码中不能包含登录名，请换一个密码。")
	}
	return nil
}

func onPassword(format string, n int) error {
	return apperr.Newf(apperr.Invalid, format, n).On("password")
}

func classes(s string) int {
	var lower, upper, digit, other int
	for _, r := range s {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return lower + upper + digit + other
}

// readable leaves out what is easily misread on paper: 0 O o, 1 I l, 2 Z z, 5 S s, 8 B.
const readable = "abcdefghjkmnpqrtuvwxyACDEFGHJKLMNPQRTUVWXY34679"

// InitialPassword returns a random one-time password that satisfies MLPS for the login
// and can be read from paper: three groups of four, about 66 bits.
func InitialPassword(login string) string {
	for {
		password := pick() + "-" + pick() + "-" + pick()
		if MLPS().Check(login, password) == nil {
			return password
		}
	}
}

// pick returns four readable characters, each equally likely.
func pick() string {
	const n = 4
	const limit = 256 - 256%len(readable) // bytes above would favour the first characters
	out := make([]byte, 0, n)
	for b := make([]byte, 1); len(out) < n; {
		_, _ = rand.Read(b) // never fails: the runtime aborts instead
		if int(b[0]) < limit {
			out = append(out, readable[int(b[0])%len(readable)])
		}
	}
	return string(out)
}
