package evidence

import (
	"bytes"
	"io"
	"path"
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
)

// Bounds of what is kept of an entry to be read whole.
const (
	maxNestedBytes = 32 << 20
	maxSmallPart   = 4 << 20
)

// look reads one entry of an archive as it is decompressed.
type look struct {
	name   string // in lower case
	office bool   // a part of a document, not just a packed file

	kept    []byte // archives, PDFs, relations and the list of types
	phrases *finder
	nesting *nesting
	begun   bool
}

func (l *look) Write(p []byte) (int, error) {
	if !l.begun && len(p) > 0 {
		l.begin(p)
	}
	if l.keeps() && len(l.kept) <= maxNestedBytes {
		l.kept = append(l.kept, p...)
	}
	if l.phrases != nil {
		_, _ = l.phrases.Write(p)
	}
	if l.nesting != nil {
		_, _ = l.nesting.Write(p)
	}
	return len(p), nil
}

// begin decides by name and first bytes what to look for.
func (l *look) begin(p []byte) {
	l.begun = true
	switch {
	case bytes.HasPrefix(p, []byte("PK\x03\x04")), l.isPDF(p):
		l.kept = []byte{}
	case bytes.HasPrefix(p, []byte(oleMagic)):
		l.phrases = &finder{phrases: inOLE}
	case l.office && slices.Contains([]string{".svg", ".vml", ".xhtml", ".html", ".htm"}, path.Ext(l.name)):
		l.phrases, l.nesting = &finder{phrases: inPages}, &nesting{}
	case l.office && slices.Contains([]string{".xml", ".rels"}, path.Ext(l.name)):
		l.phrases, l.nesting = &finder{phrases: inXML}, &nesting{}
		if l.relations() || l.types() {
			l.kept = []byte{}
		}
	}
}

// isPDF reports whether an entry that begins so is a PDF, or says that it is.
func (l *look) isPDF(p []byte) bool {
	return bytes.HasPrefix(p, []byte("%PDF-")) || path.Ext(l.name) == ".pdf"
}

func (l *look) keeps() bool     { return l.kept != nil }
func (l *look) relations() bool { return path.Ext(l.name) == ".rels" }
func (l *look) types() bool     { return l.name == strings.ToLower(contentTypes) }

// verdict says what speaks against the entry.
func (l *look) verdict() error {
	switch {
	case l.phrases != nil && l.phrases.found != nil:
		return l.phrases.found
	case l.nesting != nil && l.nesting.deepest > maxXMLDepth:
		return apperr.Newf(FileUnsafe, "文件内容嵌套超过 %d 层，可能使阅读软件失去响应，已拒绝。请用办公软件重新另存后上传。", maxXMLDepth)
	case (l.relations() || l.types()) && len(l.kept) > maxSmallPart:
		return damaged(io.ErrShortBuffer)
	case l.office && l.relations():
		return checkLinks(l.kept)
	case l.office && l.types():
		// A macro part may have any name, but its content type gives it away.
		if t := strings.ToLower(string(l.kept)); strings.Contains(t, "macroenabled") || strings.Contains(t, "vbaproject") {
			return macros()
		}
	}
	return nil
}

const oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// checkOLE refuses old office documents with macros or packed programs.
func checkOLE(f io.ReaderAt, size int64) error {
	find := &finder{phrases: inOLE}
	if _, err := io.Copy(find, io.NewSectionReader(f, 0, size)); err != nil {
		return storeError(err, "read temporary file")
	}
	return find.found
}
