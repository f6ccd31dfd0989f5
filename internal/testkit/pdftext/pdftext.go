// Package pdftext reads back the text of documents that internal/pdf wrote, through the
// same tables by which a viewer searches and copies.
package pdftext

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

var (
	object  = regexp.MustCompile(`(?s)(\d+) 0 obj\n(.*?)\nendobj`)
	page    = regexp.MustCompile(`/Type/Page/.*/Font<<(.*?)>>.*/Contents (\d+) 0 R`)
	fontRef = regexp.MustCompile(`/F(\d+) (\d+) 0 R`)
	unicode = regexp.MustCompile(`/ToUnicode (\d+) 0 R`)
	pair    = regexp.MustCompile(`<([0-9A-F]{4})> <([0-9A-F]+)>`)
	shown   = regexp.MustCompile(`/F(\d+) [\d.]+ Tf [\d. ]+ Td <([0-9a-f]*)> Tj`)
)

// Pages returns the text of each page, piece by piece in the order it was set, pieces
// joined without a space. A glyph without a character fails the test.
func Pages(t *testing.T, data []byte) []string {
	t.Helper()
	require.True(t, bytes.HasPrefix(data, []byte("%PDF-1.7")))
	objects, pages := map[string]string{}, []string{}
	for _, m := range object.FindAllStringSubmatch(string(data), -1) {
		objects[m[1]] = m[2]
	}
	for _, m := range object.FindAllStringSubmatch(string(data), -1) {
		if p := page.FindStringSubmatch(m[2]); p != nil {
			pages = append(pages, text(t, objects, p[1], p[2]))
		}
	}
	return pages
}

func text(t *testing.T, objects map[string]string, fonts, content string) string {
	t.Helper()
	characters := map[string]map[string]string{}
	for _, f := range fontRef.FindAllStringSubmatch(fonts, -1) {
		m := unicode.FindStringSubmatch(objects[f[2]])
		require.NotNil(t, m)
		characters[f[1]] = table(t, stream(t, objects[m[1]]))
	}
	var b strings.Builder
	for _, s := range shown.FindAllStringSubmatch(stream(t, objects[content]), -1) {
		for i := 0; i < len(s[2]); i += 4 {
			c, ok := characters[s[1]][strings.ToUpper(s[2][i:i+4])]
			require.True(t, ok, "glyph %s stands for no character", s[2][i:i+4])
			b.WriteString(c)
		}
	}
	return b.String()
}

func stream(t *testing.T, object string) string {
	t.Helper()
	_, raw, found := strings.Cut(object, "stream\n")
	require.True(t, found)
	z, err := zlib.NewReader(strings.NewReader(strings.TrimSuffix(raw, "\nendstream")))
	require.NoError(t, err)
	plain, err := io.ReadAll(z)
	require.NoError(t, err)
	return string(plain)
}

func table(t *testing.T, cmap string) map[string]string {
	t.Helper()
	m := map[string]string{}
	for _, p := range pair.FindAllStringSubmatch(cmap, -1) {
		raw, err := hex.DecodeString(p[2])
		require.NoError(t, err)
		units := make([]uint16, len(raw)/2)
		for i := range units {
			v, err := strconv.ParseUint(p[2][4*i:4*i+4], 16, 16)
			require.NoError(t, err)
			units[i] = uint16(v)
		}
		m[p[1]] = string(utf16.Decode(units))
	}
	return m
}
