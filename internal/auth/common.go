package auth

import (
	"strings"
	"sync"
	"unicode"
)

// What people take when a password must not be hard: these words, names, and walks over
// the keyboard, with these ends. A list of passwords that became known is better still: an
// operator names its file (ZX_PASSWORD_BLOCKLIST).
const (
	commonStems = `password passw0rd passwd pass admin administrator root user guest test testing demo master login welcome
		letmein changeme default secret system manager service oracle server qwerty qwertyuiop qwer asdf asdfgh asdfghjkl zxcv
		zxcvbnm qazwsx qazwsxedc 1qaz2wsx 1qaz2wsx3edc 1q2w3e 1q2w3e4r 1q2w3e4r5t q1w2e3 q1w2e3r4 zaq1zaq1 abc abcd abcdef a1b2c3 a1b2c3d4
		aa aaa aaaa abcabc iloveyou ilove woaini woaini1314 woaiwojia wodemima mima mimashi laoshi jiaoshi xuexiao xuesheng xiaozhang
		banzhuren zhongguo beijing shanghai guangzhou guangdong shenzhen sunshine princess dragon monkey football baseball superman
		batman shadow michael jordan freedom whatever trustno1 starwars computer internet samsung huawei xiaomi lenovo windows
		google baidu taobao tencent weixin wechat qq qq123 teacher teachers student school office education jiaoyu jiaoyuju gongchengban
		china china2008 hello helloworld asd asdasd qwe qweqwe zxc zxczxc 123qwe 123abc 123asd 1234qwer 12345qwert p@ssw0rd p@ssword
		admin888 admin666 root123 super superuser sysadmin operator zhangsan lisi wangwu happy lovely flower summer winter spring autumn`
	commonEnds = `1 12 123 1234 12345 123456 1234567 12345678 123456789 0 00 000 01 001 007 11 111 1111 22 222 2222 33 333 55 555
		66 666 6666 77 777 88 888 8888 99 999 321 4321 54321 520 521 1314 5201314 2008 2018 2019 2020 2021 2022 2023 2024 2025 2026 2027
		! !! !@# !@#$ @ @1 @123 @1234 @123456 # #1 #123 $ . .. _ _1 _123 a abc q qwe`
)

// common are those passwords, in lower case and without what stands for letters.
var common = sync.OnceValue(func() map[string]struct{} {
	all := map[string]struct{}{}
	for stem := range strings.FieldsSeq(commonStems) {
		all[plain(stem)] = struct{}{}
		for end := range strings.FieldsSeq(commonEnds) {
			all[plain(stem+end)] = struct{}{}
		}
	}
	return all
})

// lookalikes are written for letters by those who are told to use symbols.
var lookalikes = strings.NewReplacer("@", "a", "$", "s", "0", "o", "3", "e", "5", "s")

func plain(password string) string { return lookalikes.Replace(strings.ToLower(password)) }

// guessable reports whether a password is one that many have, or is made of almost nothing:
// one piece again and again, or a row of the keyboard or the numbers.
func guessable(password string) bool {
	p := plain(password)
	if _, ok := common()[p]; ok {
		return true
	}
	// What is left without digits and symbols around it may be a whole common password.
	bare := strings.TrimFunc(strings.ToLower(password), func(r rune) bool { return !unicode.IsLetter(r) })
	if _, ok := common()[plain(bare)]; ok {
		return true
	}
	return repeats(p) || inRow(strings.ToLower(password))
}

// repeats reports whether text is a piece of at most 6 bytes again and again.
func repeats(text string) bool {
	for n := 1; n <= 6 && n <= len(text)/2; n++ {
		if strings.HasPrefix(strings.Repeat(text[:n], len(text)/n+1), text) {
			return true
		}
	}
	return false
}

func inRow(text string) bool {
	for _, row := range []string{
		"01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
	} {
		if strings.Contains(row, text) || strings.Contains(backwards(row), text) {
			return true
		}
	}
	return false
}

func backwards(text string) string {
	var b strings.Builder
	for i := len(text) - 1; i >= 0; i-- {
		b.WriteByte(text[i])
	}
	return b.String()
}

// CommonCount is how many common passwords are known.
func CommonCount() int { return len(common()) }
