package evidence

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

// judged requires that any bytes get a verdict: nothing, or a refusal with a reason.
func judged(t *testing.T, ext string, body []byte) {
	t.Helper()
	if err := judge(ext, body); err != nil {
		require.Contains(t, []apperr.Code{FileType, FileUnsafe}, apperr.CodeOf(err), "%v", err)
	}
}

func FuzzPDF(f *testing.F) {
	f.Add(pdf("1 0 obj << /S /J#61vaScript >> endobj"))
	f.Add(pdf(objects("/Filter /FlateDecode", deflated("<< /S /Launch >>"))))
	f.Add(pdf(objects("/Filter [/ASCIIHexDecode]", "00"), "/ObjStm>>stream\n"))
	f.Fuzz(func(t *testing.T, body []byte) { judged(t, "pdf", body) })
}

func FuzzImage(f *testing.F) {
	f.Add("png", pngOf(f, 50_000, 50_000))
	f.Add("jpg", jpegOf(f, 8, 8))
	f.Fuzz(func(t *testing.T, ext string, body []byte) {
		if ext == "png" || ext == "jpg" {
			judged(t, ext, body)
		}
	})
}

func FuzzDocument(f *testing.F) {
	f.Add(docx(f, relsPart, rel("image", "http://evil.example", "External")))
	f.Add(docx(f, "word/embeddings/sheet1.xlsx", string(pack(f, contentTypes, "<Types/>", "xl/a", "b"))))
	f.Fuzz(func(t *testing.T, body []byte) {
		judged(t, "docx", body)
		judged(t, "zip", body)
	})
}

func FuzzOldDocument(f *testing.F) {
	f.Add([]byte(oleMagic + string(utf16("_VBA_PROJECT"))))
	f.Fuzz(func(t *testing.T, body []byte) { judged(t, "doc", body) })
}

func FuzzRelations(f *testing.F) {
	f.Add([]byte(rel("hyperlink", "javascript:x", "External")))
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := checkLinks(body); err != nil {
			require.Contains(t, []apperr.Code{FileType, FileUnsafe}, apperr.CodeOf(err))
		}
	})
}

// What is saved under a name of ours cannot leave its folder or end the header it stands in.
func FuzzFileName(f *testing.F) {
	f.Add("../a\"b\r\nc.pdf")
	f.Fuzz(func(t *testing.T, name string) {
		require.False(t, strings.ContainsAny(fileName(name), "/\\\r\n\x00"))
	})
}
