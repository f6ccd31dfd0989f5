package evidence

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
)

// maxXMLDepth is how deep the parts of a document may nest: office suites stay below 200.
const maxXMLDepth = 1000

// utf16 writes ASCII as UTF-16LE.
func utf16(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

// phrase is what no safe file contains, in lower case, and why.
type phrase struct {
	text []byte
	why  func() error
}

// inXML are declarations by which a part of a few bytes becomes gigabytes, or another file.
var inXML = []phrase{
	{[]byte("<!doctype"), declared}, {[]byte("<!entity"), declared}, {utf16("<!doctype"), declared}, {utf16("<!entity"), declared},
	{utf16be("<!doctype"), declared}, {utf16be("<!entity"), declared},
}

// inPages are what runs when a drawing or a page is shown. In the text of a document they
// are words.
var inPages = append(slices.Clone(inXML), phrase{[]byte("<script"), scripted}, phrase{[]byte("javascript:"), scripted})

func utf16be(s string) []byte { return append([]byte{0}, utf16(s)[:2*len(s)-1]...) }

// inOLE are the names of streams that hold macros, and programs packed as objects; and how
// sheets of Excel 4.0 macros begin, which need no such stream. Equations and charts are
// objects, too, and stay.
var inOLE = []phrase{
	{utf16("_vba_project"), macros}, {utf16("\x01ole10native"), packed},
	{[]byte("\x09\x08\x10\x00\x00\x06\x40\x00"), macros}, {[]byte("\x09\x08\x08\x00\x00\x05\x40\x00"), macros},
}

func declared() error {
	return apperr.New(FileUnsafe, "文件内含文档类型或实体声明（DOCTYPE），可能使阅读软件失去响应，已拒绝。请用办公软件重新另存后上传。")
}

func scripted() error {
	return apperr.New(FileUnsafe, "文件内含脚本，不安全，已拒绝。请删去脚本或动态内容后重新上传。")
}

func packed() error {
	return apperr.New(FileUnsafe, "文件内嵌了程序或其他文件（“对象-包”），不安全，已拒绝。请删去内嵌的对象，另行上传后再试。")
}

// finder looks for phrases in what is written to it, whatever the case of its letters.
type finder struct {
	phrases []phrase
	found   error
	tail    []byte // the end of what was written, where a phrase may have begun
}

func (f *finder) Write(p []byte) (int, error) {
	const longest = 64
	all := slices.Concat(f.tail, bytes.ToLower(ascii(p)))
	for _, ph := range f.phrases {
		if f.found == nil && bytes.Contains(all, ph.text) {
			f.found = ph.why()
		}
	}
	f.tail = slices.Clone(all[max(0, len(all)-longest):])
	return len(p), nil
}

// ascii keeps bytes.ToLower from reading UTF-8 where there is none.
func ascii(p []byte) []byte {
	out := make([]byte, len(p))
	for i, c := range p {
		if c < 0x80 {
			out[i] = c
		} else {
			out[i] = 0x1a
		}
	}
	return out
}

// relationships is what a .rels part says.
type relationships struct {
	Relationship []struct {
		Type       string `xml:"Type,attr"`
		Target     string `xml:"Target,attr"`
		TargetMode string `xml:"TargetMode,attr"`
	} `xml:"Relationship"`
}

// checkLinks refuses documents that fetch something when they are opened, or have
// something that acts embedded. Hyperlinks only act when they are clicked; what names a
// file on the author's own machine fetches nothing.
func checkLinks(rels []byte) error {
	var r relationships
	if err := xml.NewDecoder(bytes.NewReader(rels)).Decode(&r); err != nil && !errors.Is(err, io.EOF) {
		return damaged(err)
	}
	for _, l := range r.Relationship {
		kind := strings.ToLower(path.Base(l.Type))
		external := strings.EqualFold(l.TargetMode, "External")
		target := strings.ToLower(strings.TrimSpace(strings.ReplaceAll(l.Target, `\`, "/")))
		switch {
		case slices.Contains([]string{"afchunk", "control", "activexcontrolbinary", "vbaproject"}, kind):
			return scripted()
		case external && kind == "oleobject", external && kind != "hyperlink" && fetches(target):
			return apperr.New(FileUnsafe, "文件打开时会从网络取得外部内容（外部模板、图片或对象），不安全，已拒绝。请把外部内容保存在文件中后重新上传。")
		case external && scheme(target) != "" && strings.HasSuffix(scheme(target), "script"):
			return scripted()
		}
	}
	return nil
}

// fetches reports whether a target, in lower case and with slashes, is on the network.
func fetches(target string) bool {
	if file, ok := strings.CutPrefix(target, "file:"); ok {
		path := strings.TrimLeft(file, "/")
		switch len(file) - len(path) {
		case 0, 1, 3:
			return false
		case 2: // a host, but for those who leave the third slash away
			return !drive(path)
		}
		return true // file:////host/share is a share, too
	}
	return strings.HasPrefix(target, "//") || len(scheme(target)) > 1
}

func drive(s string) bool { return len(s) > 1 && s[1] == ':' }

func scheme(target string) string {
	s, _, ok := strings.Cut(target, ":")
	if !ok || strings.ContainsAny(s, "/?#") {
		return ""
	}
	return s
}
