package auth

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"zhengxiao/internal/apperr"
)

// PasswordPolicy says which passwords a user may choose. Lengths count characters.
type PasswordPolicy struct {
	Min     int
	Max     int
	Classes int           // how many of: lower case, upper case, digits, everything else
	MaxAge  time.Duration // how long a password does; 0 is for ever
	Warn    time.Duration // how long before that its owner is told
	Last    int           // how many last passwords cannot be chosen again, the present one included
	Common  bool          // passwords that many have are refused
	Leaked  *Leaked
}

// Profiles of passwords: 等保 wants complexity and periodic change, OWASP ASVS 5.0 (6.2.5,
// 6.2.10) forbids both and wants length instead. Both refuse common passwords.
const (
	ProfileMLPS = "mlps"
	ProfileASVS = "asvs"
)

const day = 24 * time.Hour

// MLPS is the default policy, the common reading of GB/T 22239-2019 (等保 2.0): at least
// 8 characters of at least 3 of 4 classes, changed every 90 days, none of the last 5, and
// none that many have.
func MLPS() PasswordPolicy {
	return PasswordPolicy{Min: 8, Max: 128, Classes: 3, MaxAge: 90 * day, Warn: 7 * day, Last: 5, Common: true}
}

// ASVS is the policy of OWASP ASVS 5.0: long, unlike what others have, and for ever.
func ASVS() PasswordPolicy { return PasswordPolicy{Min: 12, Max: 128, Last: 1, Common: true} }

// Profile is the policy of that name, with passwords known to have leaked.
func Profile(name string, leaked *Leaked) PasswordPolicy {
	p := MLPS()
	if name == ProfileASVS {
		p = ASVS()
	}
	p.Leaked = leaked
	return p
}

// Rule tells people what the policy wants.
func (p PasswordPolicy) Rule() string {
	rule := fmt.Sprintf("至少 %d 个字符，", p.Min)
	if p.Classes > 1 {
		rule += fmt.Sprintf("小写字母、大写字母、数字、符号中至少 %d 种，", p.Classes)
	}
	rule += "不含账号"
	if p.Common {
		rule += "、学校名称和系统名称，也不能是常见密码；一句只有自己知道的话就很好"
	}
	if p.Last > 1 {
		rule += fmt.Sprintf("，不能与最近 %d 次用过的相同", p.Last)
	}
	if p.MaxAge > 0 {
		rule += fmt.Sprintf("，每 %d 天更换一次", int(p.MaxAge/day))
	}
	return rule + "。"
}

// Expired reports whether a password set at some time is too old, and Expiring from when on
// its owner is told.
func (p PasswordPolicy) Expired(set, now time.Time) bool {
	return p.MaxAge > 0 && now.Sub(set) >= p.MaxAge
}

// Expiring reports whether a password is about to expire.
func (p PasswordPolicy) Expiring(set, now time.Time) bool {
	return p.MaxAge > 0 && now.Sub(set) >= p.MaxAge-p.Warn
}

// minLogin is the shortest login that a password may not contain: shorter ones occur in
// almost any password.
const minLogin = 3

// Check returns an *apperr.Error on field "password" that names the first rule the
// password breaks. The login may not occur in it, nor, where common passwords are refused,
// the names of what is around the person.
func (p PasswordPolicy) Check(login, password string, around ...string) error {
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
	case within(password, login):
		return apperr.Field("password", "密码中不能包含登录名，请换一个密码。")
	case p.Common && guessable(password):
		return errListed()
	}
	if leaked, err := p.Leaked.Has(password); err != nil {
		return err
	} else if leaked {
		return errListed()
	}
	if !p.Common {
		return nil
	}
	for _, word := range append(around, "整校", "zhengxiao") {
		if within(password, word) {
			return apperr.Newf(apperr.Invalid, "密码中不能包含“%s”，请换一个密码。", word).On("password")
		}
	}
	return nil
}

func errListed() error {
	return apperr.Field("password", "这个密码太常见或已经泄露，容易被猜到，请换一个别人想不到的密码。")
}

// within reports whether a word long enough to mean something occurs in a password.
func within(password, word string) bool {
	long := utf8.RuneCountInString(word) >= minLogin || word == "整校"
	return long && strings.Contains(strings.ToLower(password), strings.ToLower(word))
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
