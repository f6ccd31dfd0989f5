package evidence

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"regexp"
	"strings"

	"zhengxiao/internal/apperr"
)

// Bounds of looking into a PDF's compressed object streams.
const (
	maxObjectStream  = 32 << 20  // unpacked, one
	maxObjectStreams = 256 << 20 // unpacked, all
	mostObjects      = 10_000    // object streams in a PDF; each has a hundred objects or so
	pdfWindow        = 1 << 20
	pdfOverlap       = 4 << 10 // more than a stream's dictionary has
)

// activeNames are the names in a PDF by which it acts: runs scripts, starts programs,
// carries other files, or plays what needs a plug-in.
var activeNames = map[string]func() error{
	"javascript": pdfActs, "launch": pdfActs, "embeddedfile": pdfActs, "richmedia": pdfActs, "importdata": pdfActs, "submitform": pdfActs,
	"xfa": pdfActs, "encrypt": pdfLocked,
}

func pdfActs() error {
	return apperr.New(FileUnsafe, "PDF 文件含有脚本、启动程序的动作或内嵌的附件，不安全，已拒绝。请重新“打印”或“导出”为普通 PDF 后上传。")
}

func pdfLocked() error {
	return apperr.New(FileUnsafe, "PDF 文件已加密或限制了权限，无法检查，已拒绝。请取消加密后重新上传。")
}

func pdfTooLarge() error {
	return apperr.New(FileUnsafe, "PDF 文件的压缩内容解开后过大，已拒绝。请重新“打印”为普通 PDF 后上传。")
}

var pdfName = regexp.MustCompile(`/[A-Za-z0-9#]{2,60}`)

// checkPDF refuses PDFs that act. Names are looked for everywhere: a reader finds objects
// by their position, so that nothing between them is certainly no object. Most programs
// pack objects; those streams are unpacked.
func checkPDF(f io.ReaderAt, size int64) error {
	buf := make([]byte, pdfWindow+pdfOverlap)
	budget, streams := int64(maxObjectStreams), 0
	for at := int64(0); at < size; at += pdfWindow {
		n, err := f.ReadAt(buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return storeError(err, "read temporary file")
		}
		window := buf[:n]
		if at == 0 && !bytes.HasPrefix(window, []byte("%PDF-")) {
			return wrongType("pdf")
		}
		if err := activeIn(window); err != nil {
			return err
		}
		for _, from := range objectStreams(window) {
			if from >= pdfWindow { // the next window has it, too
				continue
			}
			if streams++; streams > mostObjects {
				return pdfTooLarge()
			}
			used, err := checkObjects(f, window, from, at, size, budget)
			if err != nil {
				return err
			}
			budget -= used
		}
	}
	return nil
}

// activeIn looks for active names, in any of the ways they may be written.
func activeIn(b []byte) error {
	for _, raw := range pdfName.FindAll(b, -1) {
		if why, ok := activeNames[strings.TrimSuffix(plainName(raw), "s")]; ok {
			return why()
		}
	}
	return nil
}

// plainName is a name without its slash and escapes, in lower case.
func plainName(raw []byte) string {
	name := make([]byte, 0, len(raw))
	for i := 1; i < len(raw); i++ {
		if c, ok := escapedByte(raw[i:]); ok {
			name = append(name, c)
			i += 2
			continue
		}
		name = append(name, raw[i])
	}
	return strings.ToLower(string(name))
}

func escapedByte(b []byte) (byte, bool) {
	const digits = "0123456789abcdef"
	if len(b) < 3 || b[0] != '#' {
		return 0, false
	}
	high := strings.IndexByte(digits, b[1]|0x20)
	low := strings.IndexByte(digits, b[2]|0x20)
	if high < 0 || low < 0 {
		return 0, false
	}
	return byte(high<<4 | low), true
}

// objectStreams are the places in b where a dictionary says that it is an object stream's.
func objectStreams(b []byte) []int {
	var at []int
	for _, m := range pdfName.FindAllIndex(b, -1) {
		if plainName(b[m[0]:m[1]]) == "objstm" {
			at = append(at, m[0])
		}
	}
	return at
}

const pdfSpace = `(?:[\x00\s]|%[^\r\n]*[\r\n])*`

var (
	streamWord = regexp.MustCompile(`>>` + pdfSpace + `stream(?:\r\n|\n|\r)`)
	objectWord = regexp.MustCompile(`obj` + pdfSpace + `<<`)
	oneFilter  = regexp.MustCompile(`^` + pdfSpace + `(\[` + pdfSpace + `)?(/[A-Za-z0-9#]+)` + pdfSpace + `(\])?`)
)

// checkObjects unpacks the object stream whose dictionary is around window[from:] and
// looks for active names there. It returns how much it unpacked. What nothing that makes
// PDFs writes, but to hide something, is refused unread.
func checkObjects(f io.ReaderAt, window []byte, from int, at, size, budget int64) (int64, error) {
	before := window[max(0, from-pdfOverlap):from]
	begins := streamWord.FindIndex(window[from:min(len(window), from+pdfOverlap)])
	objects := objectWord.FindAllIndex(before, -1)
	if begins == nil || objects == nil {
		return 0, pdfActs()
	}
	dict := window[from-len(before)+objects[len(objects)-1][0] : from+begins[0]]
	if !deflatedOnly(dict) {
		return 0, pdfActs()
	}
	start := at + int64(from+begins[1])
	z, err := zlib.NewReader(io.NewSectionReader(f, start, size-start))
	if err != nil {
		return 0, pdfActs()
	}
	limit := min(int64(maxObjectStream), budget)
	out, _ := io.ReadAll(io.LimitReader(z, limit+1)) // readers take what comes before damage, too
	if int64(len(out)) > limit {
		return 0, pdfTooLarge()
	}
	return int64(len(out)), activeIn(out)
}

// deflatedOnly reports whether a dictionary says that its stream is packed by Flate, once,
// and in no other way.
func deflatedOnly(dict []byte) bool {
	filtered := false
	for _, m := range pdfName.FindAllIndex(dict, -1) {
		switch plainName(dict[m[0]:m[1]]) {
		case "filter":
			v := oneFilter.FindSubmatch(dict[m[1]:])
			if v == nil || plainName(v[2]) != "flatedecode" || (len(v[1]) > 0) != (len(v[3]) > 0) {
				return false
			}
			filtered = true
		case "f", "ffilter", "decodeparms", "dp":
			return false
		}
	}
	return filtered
}
