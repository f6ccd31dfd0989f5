package domain_test

import (
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// A name that a slot takes is of the slot's types, fits its column and names no folder.
func FuzzFileName(f *testing.F) {
	rule := domain.FileRule{Types: []string{"pdf", "docx", "mp4"}, MaxBytes: 1 << 20, MaxVideoBytes: 1 << 30}
	for _, name := range []string{"证明.pdf", "证明.PDF", "../a.pdf", `..\a.pdf`, ".pdf", "a.pdf.exe", "a.pdf ", "a\x00.pdf", "\xff.pdf", strings.Repeat("长", 201) + ".pdf"} {
		f.Add(name, int64(1))
	}
	f.Add("a.mp4", int64(1<<30))
	f.Add("a.pdf", int64(-1))
	f.Fuzz(func(t *testing.T, name string, size int64) {
		err := domain.CheckFile(rule, name, size)
		if err != nil {
			known := []apperr.Code{domain.CodeFileName, domain.CodeFileType, domain.CodeFileSize, domain.CodeFileEmpty}
			require.Contains(t, known, apperr.CodeOf(err))
			return
		}
		ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
		require.Contains(t, rule.Types, ext)
		require.True(t, utf8.ValidString(name))
		require.LessOrEqual(t, utf8.RuneCountInString(name), 200)
		require.False(t, strings.ContainsAny(name, "/\\\x00\r\n"))
		require.True(t, size > 0 && size <= rule.Limit(ext))
	})
}
