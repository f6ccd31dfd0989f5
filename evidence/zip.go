package evidence

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"zhengxiao/internal/apperr"
)

// Limits of a zip-based document: far above what an office suite writes, far below what
// harms whoever opens it.
const (
	maxZipEntries = 2000
	maxZipBytes   = 200 << 20 // uncompressed, all entries
	maxZipRatio   = 100       // uncompressed : file size
)

const contentTypes = "[Content_Types].xml"

// checkZip refuses archives that are not the promised kind or not safe to open. Sizes are
// counted by decompressing, because the directory of an archive may lie.
func checkZip(f io.ReaderAt, want Want, k kind) error {
	z, err := zip.NewReader(f, want.Size)
	if err != nil {
		return wrongType(want.Ext)
	}
	budget := min(int64(maxZipBytes), want.Size*maxZipRatio)
	return (&unpacking{budget: budget, entries: maxZipEntries}).archive(z, want.Ext, k, 0)
}

// unpacking is what is left of the limits, which nested archives share.
type unpacking struct {
	budget  int64
	entries int
}

// maxNested is how deep archives may be in each other: a zip of documents with charts,
// whose data is a workbook.
const maxNested = 2

// archive looks at an archive and at those within.
func (u *unpacking) archive(z *zip.Reader, ext string, k kind, depth int) error {
	if u.entries -= len(z.File); u.entries < 0 {
		return apperr.Newf(FileUnsafe, "文件内含的条目超过 %d 个的上限，已拒绝。请精简内容后重新上传。", maxZipEntries)
	}
	hasPart, names := k.part == "", map[string]bool{}
	for _, e := range z.File {
		lower := strings.ToLower(e.Name)
		if k.part != "" && names[lower] {
			return apperr.New(FileUnsafe, "文件内有同名的条目，不同软件会读出不同的内容，已拒绝。请用办公软件重新另存后上传。")
		}
		names[lower] = true
		if err := checkName(e.Name); err != nil {
			return err
		}
		if k.part == "" && slices.Contains(acting, path.Ext(strings.TrimRight(lower, ". "))) {
			return apperr.Newf(FileUnsafe, "压缩包内有程序、脚本、网页或快捷方式（%s），打开即运行，不安全，已拒绝。请删去后重新上传。", path.Ext(strings.TrimRight(lower, ". ")))
		}
		hasPart = hasPart || strings.HasPrefix(e.Name, k.part)
		if err := u.entry(e, k, depth); err != nil {
			return err
		}
	}
	if !hasPart || (k.part != "" && !hasEntry(z, contentTypes)) {
		return wrongType(ext)
	}
	return nil
}

// acting are names of what runs when somebody who unpacked an archive opens it.
var acting = []string{
	".exe", ".com", ".scr", ".pif", ".msi", ".dll", ".cpl", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh", ".hta", ".lnk",
	".url", ".reg", ".jar", ".chm", ".iso", ".html", ".htm", ".xhtml", ".mht", ".mhtml", ".svg",
}

// checkName refuses names that would escape the folder they are unpacked into. Names need
// not be UTF-8: archives made on Chinese Windows carry GBK, whose second bytes include the
// backslash, so a backslash separates only in valid UTF-8.
func checkName(name string) error {
	if utf8.ValidString(name) {
		name = strings.ReplaceAll(name, `\`, "/")
	}
	drive := len(name) > 1 && name[1] == ':'
	if drive || strings.HasPrefix(name, "/") || strings.Contains(name, "\x00") || slices.Contains(strings.Split(name, "/"), "..") {
		return apperr.New(FileUnsafe, "文件内含指向文件夹之外的路径，不安全，已拒绝。请用办公软件重新另存后上传。")
	}
	return nil
}

// entry decompresses one entry and looks at it.
func (u *unpacking) entry(e *zip.File, k kind, depth int) error {
	name := strings.ToLower(e.Name)
	if k.part != "" && path.Base(name) == "vbaproject.bin" {
		return macros()
	}
	r, err := e.Open()
	if err != nil {
		return damaged(err)
	}
	defer func() { _ = r.Close() }()
	seen := &look{name: name, office: k.part != ""}
	n, err := io.Copy(seen, io.LimitReader(r, u.budget+1))
	if u.budget -= n; u.budget < 0 {
		return apperr.Newf(FileUnsafe, "文件解压后过大（上限 %d MB，且不超过原文件的 %d 倍），已拒绝。请精简内容后重新上传。", maxZipBytes>>20, maxZipRatio)
	}
	if err != nil {
		return damaged(err)
	}
	if err := seen.verdict(); err != nil {
		return err
	}
	switch {
	case len(seen.kept) > 0 && seen.isPDF(seen.kept) && len(seen.kept) > maxNestedBytes:
		return apperr.Newf(FileUnsafe, "压缩包内有超过 %d MB 的 PDF，无法检查，已拒绝。请把它单独上传。", maxNestedBytes>>20)
	case len(seen.kept) > 0 && seen.isPDF(seen.kept):
		return checkPDF(bytes.NewReader(seen.kept), int64(len(seen.kept)))
	case !bytes.HasPrefix(seen.kept, []byte("PK\x03\x04")):
		return nil
	}
	return u.nested(seen.kept, name, depth+1)
}

// nested looks at an archive within another one.
func (u *unpacking) nested(body []byte, name string, depth int) error {
	if depth > maxNested || len(body) > maxNestedBytes {
		return apperr.Newf(FileUnsafe, "压缩包嵌套超过 %d 层，或其中的压缩包超过 %d MB，已拒绝。请解开内层的压缩包后重新上传。", maxNested, maxNestedBytes>>20)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return damaged(err)
	}
	k := kinds[normalExt(path.Ext(name))]
	if k.part == "" && hasEntry(z, contentTypes) { // a document by another name
		k = kind{part: contentTypes}
	}
	return u.archive(z, path.Ext(name), k, depth)
}

func hasEntry(z *zip.Reader, name string) bool {
	for _, e := range z.File {
		if e.Name == name {
			return true
		}
	}
	return false
}

func macros() error {
	return apperr.New(FileUnsafe, "文件含有宏，不安全，已拒绝。请另存为不含宏的格式后重新上传。")
}

func damaged(err error) error {
	if errors.Is(err, zip.ErrAlgorithm) {
		return apperr.Wrap(err, FileUnsafe, "文件已加密或使用了不支持的压缩方式，无法检查，已拒绝。请取消加密后重新上传。")
	}
	return apperr.Wrap(err, FileType, "文件已损坏，无法读取。请检查后重新上传。")
}
