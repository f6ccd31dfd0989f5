// Package hygiene refuses what no honest client sends: text that does not show what it
// says, and JSON that two readers would read differently.
package hygiene

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns the first character that no text may have: bytes that are not UTF-8,
// control characters but tabs and line breaks, what reorders the text around it, and what
// is no character at all.
func Text(s string) (found rune, bad bool) { return first(s, misleading) }

// Line is Text for names, titles and the like, which lists and papers show in one line and
// people compare by eye: no line breaks and nothing invisible either.
func Line(s string) (found rune, bad bool) {
	return first(s, func(c rune) bool { return misleading(c) || invisible(c) })
}

func first(s string, bad func(rune) bool) (rune, bool) {
	if !utf8.ValidString(s) {
		return utf8.RuneError, true
	}
	if i := strings.IndexFunc(s, bad); i >= 0 {
		c, _ := utf8.DecodeRuneInString(s[i:])
		return c, true
	}
	return 0, false
}

// Name is how a message calls a character that cannot be seen.
func Name(c rune) string { return fmt.Sprintf("U+%04X", c) }

func misleading(c rune) bool {
	switch {
	case c == '\t' || c == '\n' || c == '\r':
		return false
	case unicode.IsControl(c), c == utf8.RuneError:
		return true
	case c&0xFFFE == 0xFFFE || c >= 0xFDD0 && c <= 0xFDEF: // never characters
		return true
	}
	return unicode.Is(unicode.Bidi_Control, c) || unicode.Is(tags, c)
}

// tags carry hidden copies of ASCII.
var tags = &unicode.RangeTable{R32: []unicode.Range32{{Lo: 0xE0000, Hi: 0xE007F, Stride: 1}}}

// joiner holds emoji together and is a letter's form in some scripts.
const joiner = 0x200D

func invisible(c rune) bool {
	if c == joiner {
		return false
	}
	return unicode.In(c, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cc, fillers)
}

// fillers are letters without a picture.
var fillers = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x034F, Hi: 0x034F, Stride: 1}, {Lo: 0x115F, Hi: 0x1160, Stride: 1}, {Lo: 0x17B4, Hi: 0x17B5, Stride: 1},
	{Lo: 0x180B, Hi: 0x180F, Stride: 1}, {Lo: 0x3164, Hi: 0x3164, Stride: 1}, {Lo: 0xFFA0, Hi: 0xFFA0, Stride: 1},
}}
