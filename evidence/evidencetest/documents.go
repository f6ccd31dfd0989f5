package evidencetest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
)

// Entry is one file of an archive.
type Entry struct{ Name, Body string }

// Zip packs entries in order.
func Zip(t *testing.T, entries ...Entry) []byte {
	t.Helper()
	out := new(bytes.Buffer)
	w := zip.NewWriter(out)
	for _, e := range entries {
		f, err := w.Create(e.Name)
		require.NoError(t, err)
		_, err = f.Write([]byte(e.Body))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// Docx returns a minimal Word document with more entries appended.
func Docx(t *testing.T, more ...Entry) []byte {
	t.Helper()
	return Zip(t, append([]Entry{
		{"[Content_Types].xml", `<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`},
		{"_rels/.rels", "<Relationships/>"},
		{"word/document.xml", "<w:document/>"},
	}, more...)...)
}

func dangerousDocumentsAreRefused(t *testing.T, s *evidence.Store) {
	many := make([]Entry, 2001)
	for i := range many {
		many[i] = Entry{fmt.Sprintf("word/media/%d.txt", i), "x"}
	}
	macroTypes := Entry{"[Content_Types].xml", `<Types><Override PartName="/word/document.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>`}
	corrupt := Docx(t, Entry{"word/x.xml", strings.Repeat("abcdefgh", 100)})
	_, packed, _ := bytes.Cut(corrupt, []byte("word/x.xml"))
	copy(packed, "\xff\xff\xff\xff\xff")
	for name, c := range map[string]struct {
		ext  string
		body []byte
		code apperr.Code
	}{
		"plain docx":         {ext: "docx", body: Docx(t)},
		"xlsx named docx":    {ext: "docx", body: Zip(t, Entry{"[Content_Types].xml", "<Types/>"}, Entry{"xl/workbook.xml", "<workbook/>"}), code: evidence.FileType},
		"zip named docx":     {ext: "docx", body: Zip(t, Entry{"word/document.xml", "<w:document/>"}), code: evidence.FileType},
		"truncated docx":     {ext: "docx", body: Docx(t)[:200], code: evidence.FileType},
		"corrupt entry":      {ext: "docx", body: corrupt, code: evidence.FileType},
		"macro project":      {ext: "docx", body: Docx(t, Entry{"word/vbaProject.bin", "x"}), code: evidence.FileUnsafe},
		"macro content type": {ext: "docx", body: Zip(t, macroTypes, Entry{"word/document.xml", "<w:document/>"}), code: evidence.FileUnsafe},
		"escaping path":      {ext: "docx", body: Docx(t, Entry{"../../etc/cron.d/x", "x"}), code: evidence.FileUnsafe},
		"escaping backslash": {ext: "docx", body: Docx(t, Entry{`word\..\..\x`, "x"}), code: evidence.FileUnsafe},
		"absolute path":      {ext: "docx", body: Docx(t, Entry{"/etc/x", "x"}), code: evidence.FileUnsafe},
		"drive path":         {ext: "docx", body: Docx(t, Entry{`C:\x`, "x"}), code: evidence.FileUnsafe},
		"too many entries":   {ext: "docx", body: Docx(t, many...), code: evidence.FileUnsafe},
		"bomb":               {ext: "docx", body: Docx(t, Entry{"word/media/0.bin", strings.Repeat("\x00", 4<<20)}), code: evidence.FileUnsafe},
		"zip with GBK names": {ext: "zip", body: Zip(t, Entry{"\xb2\xc4\xc1\xcf\x81\x5c.txt", "x"})},
	} {
		t.Run(name, func(t *testing.T) {
			key := newKey()
			_, err := s.Complete(t.Context(), key, upload(t, s, key, c.ext, c.body))
			require.Equal(t, c.code, apperr.CodeOf(err), "%v", err)
		})
	}
}
