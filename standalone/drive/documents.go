package drive

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// PDF is a valid one-page document. Its title distinguishes one from another.
func PDF(title string) []byte {
	var out bytes.Buffer
	var offsets []int
	object := func(body string) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
	}
	out.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>")
	object("<< /Title <FEFF" + utf16Hex(title) + "> >>")
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return out.Bytes()
}

// utf16Hex writes text of the basic plane as PDF strings want it.
func utf16Hex(text string) string {
	var b strings.Builder
	for _, r := range text {
		fmt.Fprintf(&b, "%04X", r)
	}
	return b.String()
}

const (
	ooxml    = "http://schemas.openxmlformats.org/"
	mainPart = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
)

// Docx is a minimal Word document of one paragraph.
func Docx(text string) []byte {
	var escaped bytes.Buffer
	_ = xml.EscapeText(&escaped, []byte(text)) // a buffer takes everything
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range []struct{ name, body string }{
		{"[Content_Types].xml", `<Types xmlns="` + ooxml + `package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/word/document.xml" ContentType="` + mainPart + `"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + ooxml + `package/2006/relationships">` +
			`<Relationship Id="r1" Type="` + ooxml + `officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
			`</Relationships>`},
		{"word/document.xml", `<w:document xmlns:w="` + ooxml + `wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>` +
			escaped.String() + `</w:t></w:r></w:p></w:body></w:document>`},
	} {
		f, err := w.Create(part.name)
		if err == nil {
			_, err = f.Write([]byte(part.body))
		}
		if err != nil {
			panic(fmt.Sprintf("write document in memory: %v", err))
		}
	}
	if err := w.Close(); err != nil {
		panic(fmt.Sprintf("close document in memory: %v", err))
	}
	return out.Bytes()
}
