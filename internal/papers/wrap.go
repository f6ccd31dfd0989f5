package papers

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What may not begin a line (避头) and what may not end one (避尾), as GB/T 15834 has it.
const (
	notFirst = "，。、；：？！）》〉」』】〕〗”’…—～·,.;:?!)]}%‰℃"
	notLast  = "（《〈「『【〔〖“‘([{￥$"
)

// wrap breaks clean text into lines that are no wider than width by measure, the first
// one by as much narrower as first says. Chinese breaks anywhere but before a closing
// mark and after an opening one; words and numbers stay whole where they fit on a line.
func wrap(text string, measure func(string) float64, width, first float64) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line, room := "", width-first
		flush := func() { lines, line, room = append(lines, strings.TrimRight(line, " ")), "", width }
		if len(lines) > 0 {
			room = width
		}
		for _, u := range units(paragraph) {
			if measure(line+strings.TrimRight(u, " ")) > room && line != "" {
				flush()
				u = strings.TrimLeft(u, " ")
			}
			for measure(line+strings.TrimRight(u, " ")) > room {
				head, rest := fit(u, measure, room)
				line += head
				flush()
				u = rest
			}
			line += u
		}
		flush()
	}
	return lines
}

// fit is the longest start of a unit that is too wide, at least one character.
func fit(u string, measure func(string) float64, room float64) (head, rest string) {
	end := 0
	for i, r := range u {
		next := i + utf8.RuneLen(r)
		if end > 0 && measure(u[:next]) > room {
			break
		}
		end = next
	}
	return u[:end], u[end:]
}

// units are the parts of a paragraph that are not broken: each ends where a line may.
func units(text string) []string {
	var list []string
	var before rune
	for _, r := range text {
		n := len(list)
		if n > 0 && bound(before, r) {
			list[n-1] += string(r)
		} else {
			list = append(list, string(r))
		}
		before = r
	}
	return list
}

// bound reports whether no line may end between two characters.
func bound(a, b rune) bool {
	return strings.ContainsRune(notFirst, b) || strings.ContainsRune(notLast, a) || b == ' ' || (inWord(a) && inWord(b))
}

// inWord: letters, digits and what joins them, but no Chinese.
func inWord(r rune) bool {
	return r < 0x2E80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_/.@+#&*'", r))
}
