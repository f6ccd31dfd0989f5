package secret

import (
	"strings"
	"time"
)

// MaskID shows the first three and last four characters of an ID number:
// 440***********1234. Anything shorter than eight characters is hidden whole.
func MaskID(id string) string { return mask(id) }

// MaskPhone shows the first three and last four digits: 138****5678. Anything shorter
// than eight characters is hidden whole.
func MaskPhone(phone string) string { return mask(phone) }

func mask(s string) string {
	const head, tail = 3, 4
	r := []rune(s)
	if len(r) <= head+tail {
		return strings.Repeat("*", len(r))
	}
	return string(r[:head]) + strings.Repeat("*", len(r)-head-tail) + string(r[len(r)-tail:])
}

// NormalizeID gives equal ID numbers one spelling: no spaces, capital X.
func NormalizeID(id string) string {
	return strings.ToUpper(strings.Join(strings.Fields(strings.ToValidUTF8(id, "\ufffd")), ""))
}

// NormalizePhone gives equal mobile numbers one spelling: digits only, without the country
// code. What is no mobile number of the mainland keeps all its digits.
func NormalizePhone(phone string) string {
	const mobile = 11
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		}
		return -1
	}, phone)
	for _, code := range []string{"0086", "86"} {
		if local, ok := strings.CutPrefix(digits, code); ok && len(local) == mobile && local[0] == '1' {
			return local
		}
	}
	return digits
}

// ValidID reports whether a normalised 居民身份证 number is well formed: 18 characters, a
// birth date that exists, and the check character of GB 11643-1999 (ISO 7064 MOD 11-2).
// It does not know which region codes are in use.
func ValidID(id string) bool {
	const digits = 17
	if len(id) != digits+1 || id[0] == '0' {
		return false
	}
	sum, weight := 0, 1
	for i := digits - 1; i >= 0; i-- {
		if id[i] < '0' || id[i] > '9' {
			return false
		}
		weight = weight * 2 % 11 // GB 11643: the weight of position i is 2^(i-1) mod 11
		sum += weight * int(id[i]-'0')
	}
	if _, err := time.Parse("20060102", id[6:14]); err != nil {
		return false
	}
	return id[digits] == "10X98765432"[sum%11]
}
