package evidence

import (
	"archive/zip"
	"errors"
	"io"
	"os"
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
func checkZip(f *os.File, want Want, k kind) error {
	z, err := zip.NewReader(f, want.Size)
	if err != nil {
		return wrongType(want.Ext)
	}
	if len(z.File) > maxZipEntries {
		return apperr.Newf(FileUnsafe, "文件内含 %d 个条目，超过 %d 个的上限，已拒绝。请精简内容后重新上传。", len(z.File), maxZipEntries)
	}
	hasPart := k.part == ""
	budget := min(int64(maxZipBytes), want.Size*maxZipRatio)
	for _, e := range z.File {
		if err := checkName(e.Name); err != nil {
			return err
		}
		hasPart = hasPart || strings.HasPrefix(e.Name, k.part)
		n, err := checkEntry(e, k, budget)
		if err != nil {
			return err
		}
		budget -= n
	}
	if !hasPart || (k.part != "" && !hasEntry(z, contentTypes)) {
		return wrongType(want.Ext)
	}
	return nil
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

// checkEntry decompresses one entry, returns its size and refuses macros.
func checkEntry(e *zip.File, k kind, budget int64) (int64, error) {
	if k.part != "" && strings.EqualFold(path.Base(e.Name), "vbaProject.bin") {
		return 0, macros()
	}
	r, err := e.Open()
	if err != nil {
		return 0, damaged(err)
	}
	defer func() { _ = r.Close() }()
	var types strings.Builder
	out := io.Discard
	if k.part != "" && e.Name == contentTypes {
		out = &types
	}
	n, err := io.Copy(out, io.LimitReader(r, budget+1))
	if n > budget {
		return 0, apperr.Newf(FileUnsafe, "文件解压后过大（上限 %d MB，且不超过原文件的 %d 倍），已拒绝。请精简内容后重新上传。", maxZipBytes>>20, maxZipRatio)
	}
	if err != nil {
		return 0, damaged(err)
	}
	// A macro part may have any name, but its content type gives it away.
	if t := strings.ToLower(types.String()); strings.Contains(t, "macroenabled") || strings.Contains(t, "vbaproject") {
		return 0, macros()
	}
	return n, nil
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
