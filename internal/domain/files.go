package domain

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"zhengxiao/internal/apperr"
)

// Codes of the file rules.
const (
	CodeFileName     apperr.Code = "file_name"      // empty, too long, or with characters a file name cannot have
	CodeFileType     apperr.Code = "file_type"      // extension not allowed in this slot
	CodeFileSize     apperr.Code = "file_size"      // larger than the slot allows
	CodeFileEmpty    apperr.Code = "file_empty"     // no bytes
	CodePlanFileName apperr.Code = "plan_file_name" // not 姓名+教师信息技术应用能力提升计划
)

// maxFileName is the longest file name, in characters with its extension.
const maxFileName = 200

// planTitle follows the teacher's name in the name of a personal plan (003:304).
const planTitle = "教师信息技术应用能力提升计划"

// CheckFile judges a file by name and size before it is uploaded: type and size as the
// slot's rule says, the limit itself being allowed (003:388: 不超过).
func CheckFile(rule FileRule, name string, size int64) error {
	if err := checkFileName(name); err != nil {
		return err
	}
	ext := extension(name)
	switch {
	case !slices.Contains(rule.Types, ext):
		return apperr.Newf(CodeFileType, "只能上传%s文件，“%s”不符合，请转换格式后重新上传。", strings.Join(rule.Types, "、"), name).On("name")
	case size <= 0:
		return apperr.Newf(CodeFileEmpty, "文件“%s”是空的，请检查后重新上传。", name).On("size")
	case size > rule.Limit(ext):
		return apperr.Newf(CodeFileSize, "文件大小%s，超过%s的限制，请压缩后重新上传。", sizeText(size), sizeText(rule.Limit(ext))).On("size")
	}
	return nil
}

// Limit is the most bytes that a file with that extension may have.
func (r FileRule) Limit(ext string) int64 {
	if ext == "mp4" && r.MaxVideoBytes > 0 {
		return r.MaxVideoBytes
	}
	return r.MaxBytes
}

func checkFileName(name string) error {
	bad := func(r rune) bool { return unicode.IsControl(r) || r == '/' || r == '\\' || r == utf8.RuneError }
	switch {
	case strings.TrimSpace(name) == "" || strings.HasPrefix(name, "."):
		return apperr.New(CodeFileName, "文件没有名称，请重命名后重新上传。").On("name")
	case utf8.RuneCountInString(name) > maxFileName:
		return apperr.Newf(CodeFileName, "文件名超过%d个字，请缩短后重新上传。", maxFileName).On("name")
	case strings.ContainsFunc(name, bad):
		return apperr.New(CodeFileName, "文件名含有斜杠、控制字符或乱码，请重命名后重新上传。").On("name")
	}
	return nil
}

// extension is name's extension in lower case, without the dot.
func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}

// sizeText never shows a size over a limit as the limit: what is no whole unit goes down
// to the next one.
func sizeText(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%dMB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%dKB", n>>10)
	}
	return fmt.Sprintf("%d字节", n)
}

// PlanFileName is the prescribed name of a teacher's 个人提升计划 (003:304); ext comes
// without the dot.
func PlanFileName(teacher, ext string) string { return teacher + planTitle + "." + ext }

// CheckPlanFileName accepts the prescribed name, with or without the plus sign of the
// rule's own wording, or a hyphen, between its two parts.
func CheckPlanFileName(teacher, file string) error {
	stem := strings.TrimSuffix(file, path.Ext(file))
	rest, ok := strings.CutPrefix(stem, teacher)
	if ok && teacher != "" {
		for _, sep := range []string{"", "+", "-", "＋", "－"} {
			if rest == sep+planTitle {
				return nil
			}
		}
	}
	return apperr.Newf(CodePlanFileName, "个人提升计划须以“%s”命名，请重命名后重新上传。",
		PlanFileName(teacher, extension(file))).On("name")
}
