package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"io"
	"mime"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/hygiene"
)

// judged requires that any bytes get a verdict: nothing, or a refusal with a reason. It
// reports whether they are taken.
func judged(t *testing.T, ext string, body []byte) bool {
	t.Helper()
	err := judge(ext, body)
	if err != nil {
		require.Contains(t, []apperr.Code{FileType, FileUnsafe}, apperr.CodeOf(err), "%v", err)
	}
	return err == nil
}

// acts is what no PDF that is taken says in plain words.
var acts = regexp.MustCompile(`(?i)/(javascript|launch|embeddedfiles?|richmedia|encrypt)[\s/<>\[\]()]`)

func FuzzPDF(f *testing.F) {
	f.Add(pdf("1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj"))
	f.Add(pdf("1 0 obj << /S /J#61vaScript >> endobj"))
	f.Add(pdf(objects("/Filter /FlateDecode", deflated("<< /S /Launch >>"))))
	f.Add(pdf(objects("/Filter [/ASCIIHexDecode]", "00"), "/ObjStm>>stream\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if judged(t, "pdf", body) {
			require.True(t, bytes.HasPrefix(body, []byte("%PDF-")))
			require.False(t, acts.Match(body))
		}
	})
}

func FuzzImage(f *testing.F) {
	f.Add("png", pngOf(f, 8, 8))
	f.Add("png", pngOf(f, 50_000, 50_000))
	f.Add("jpg", jpegOf(f, 8, 8))
	f.Fuzz(func(t *testing.T, ext string, body []byte) {
		if ext != "png" && ext != "jpg" || !judged(t, ext, body) {
			return
		}
		c, format, err := image.DecodeConfig(bytes.NewReader(body))
		require.NoError(t, err)
		require.Equal(t, ext == "png", format == "png")
		require.Positive(t, c.Width*c.Height)
		require.LessOrEqual(t, c.Width*c.Height, maxPixels)
	})
}

func FuzzDocument(f *testing.F) {
	f.Add(docx(f))
	f.Add(docx(f, relsPart, rel("image", "http://evil.example", "External")))
	f.Add(docx(f, "word/embeddings/sheet1.xlsx", string(pack(f, contentTypes, "<Types/>", "xl/a", "b"))))
	f.Fuzz(func(t *testing.T, body []byte) {
		if judged(t, "docx", body) {
			names := entries(t, body)
			require.Contains(t, names, strings.ToLower(contentTypes))
			seen := map[string]bool{}
			for _, name := range names {
				require.NotEqual(t, "vbaproject.bin", path.Base(name))
				require.False(t, seen[name], "%q is there twice", name)
				seen[name] = true
			}
		}
		if judged(t, "zip", body) {
			entries(t, body)
		}
	})
}

// entries are the names of an archive that was taken, in lower case: few, and none leads
// out of the folder it is unpacked into.
func entries(t *testing.T, body []byte) []string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	require.NoError(t, err)
	require.LessOrEqual(t, len(z.File), maxZipEntries)
	names := make([]string, len(z.File))
	for i, e := range z.File {
		names[i] = strings.ToLower(e.Name)
		require.False(t, path.IsAbs(e.Name) || strings.HasPrefix(path.Clean(e.Name), "../"), "%q", e.Name)
	}
	return names
}

// What is counted is never less deep than what is there, in any XML that is well formed.
func FuzzNesting(f *testing.F) {
	f.Add(`<?xml version="1.0"?><a b=">" c='/'><b/><c><!-- </c></c> --><![CDATA[</a></a>]]></c ></a>`)
	f.Add(`<a><!----><b x="<"></b></a>`)
	for _, beside := range []string{"<!-- -> </a></a></a> -->", "<![CDATA[ ]> </a></a></a>]]>", "<?x > </a></a></a>?>", "<b c=\"> </a></a></a>\"></b>"} {
		f.Add(strings.Repeat("<a>", 4) + beside + strings.Repeat("<a>", 4) + strings.Repeat("</a>", 8))
	}
	f.Add(strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40))
	f.Fuzz(func(t *testing.T, text string) {
		depth, deepest, d := 0, 0, xml.NewDecoder(strings.NewReader(text))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return
			}
			switch token.(type) {
			case xml.Directive: // refused
				return
			case xml.StartElement:
				depth++
			case xml.EndElement:
				depth--
			}
			deepest = max(deepest, depth)
		}
		whole, parts := &nesting{}, &nesting{}
		_, _ = whole.Write([]byte(text))
		for i := range len(text) {
			_, _ = parts.Write([]byte(text[i : i+1]))
		}
		require.GreaterOrEqual(t, whole.deepest+1, deepest) // an empty element at the bottom has nothing in it
		require.Equal(t, whole, parts)
	})
}

func FuzzOldDocument(f *testing.F) {
	f.Add([]byte(oleMagic + string(utf16("_VBA_PROJECT"))))
	f.Add([]byte(oleMagic + string(utf16("WordDocument"))))
	f.Fuzz(func(t *testing.T, body []byte) {
		if judged(t, "doc", body) {
			require.True(t, bytes.HasPrefix(body, []byte(oleMagic)))
			require.False(t, bytes.Contains(body, utf16("_VBA_PROJECT")))
		}
	})
}

func FuzzRelations(f *testing.F) {
	f.Add([]byte(rel("hyperlink", "javascript:x", "External")))
	f.Add([]byte(rel("hyperlink", "https://example.org/", "External")))
	f.Add([]byte(rel("attachedTemplate", `file:\\evil.example\t`, "external")))
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := checkLinks(body); err != nil {
			require.Contains(t, []apperr.Code{FileType, FileUnsafe}, apperr.CodeOf(err))
			return
		}
		var r relationships
		if xml.Unmarshal(body, &r) != nil {
			return
		}
		for _, l := range r.Relationship {
			if strings.EqualFold(l.TargetMode, "External") {
				target := strings.ToLower(l.Target)
				require.False(t, strings.HasPrefix(target, "javascript:"), l.Target)
				require.False(t, strings.HasPrefix(target, "http") && strings.Contains(target, "://") && !strings.HasSuffix(l.Type, "hyperlink") &&
					strings.EqualFold(path.Base(l.Type), "image"), l.Target)
			}
		}
	})
}

// What is saved under a name of ours cannot leave its folder, end the header it stands in
// or look like another name, and browsers read the name that is meant.
func FuzzFileName(f *testing.F) {
	for _, name := range []string{"../a\"b\r\nc.pdf", "证明 (1);filename=x.exe.pdf", "exe.\u202efdp", "a%22b.pdf", `a\"b.pdf`, "\xff.pdf", ""} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		safe := fileName(name)
		require.False(t, strings.ContainsAny(safe, "/\\\r\n\x00"))
		_, bad := hygiene.Text(safe)
		require.False(t, bad, "%q", safe)
		header := Download{Name: name}.header("attachment")
		require.NotContains(t, header, "\n")
		kind, params, err := mime.ParseMediaType(header)
		require.NoError(t, err, header)
		require.Equal(t, "attachment", kind)
		require.Equal(t, safe, params["filename"])
	})
}
