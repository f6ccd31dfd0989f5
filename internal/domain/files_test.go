package domain

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

var summaryRule = FileRule{Types: []string{"doc", "docx", "pdf"}, MaxBytes: 2048 * 1024}

func TestTC08_SummaryTypeAndSize(t *testing.T) {
	t.Parallel()
	require.True(t, apperr.Is(CheckFile(summaryRule, "总结.jpg", 1000), CodeFileType))
	require.True(t, apperr.Is(CheckFile(summaryRule, "总结.pdf", 2049*1024), CodeFileSize))
	require.NoError(t, CheckFile(summaryRule, "总结.docx", 2048*1024))
}

func TestFileRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file string
		size int64
		want apperr.Code
	}{
		"one byte over":        {"总结.pdf", 2048*1024 + 1, CodeFileSize},
		"one byte":             {"总结.pdf", 1, ""},
		"empty":                {"总结.pdf", 0, CodeFileEmpty},
		"negative size":        {"总结.pdf", -1, CodeFileEmpty},
		"upper-case extension": {"总结.PDF", 10, ""},
		"no extension":         {"总结", 10, CodeFileType},
		"double extension":     {"总结.pdf.exe", 10, CodeFileType},
		"only an extension":    {".pdf", 10, CodeFileName},
		"blank":                {"  ", 10, CodeFileName},
		"slash":                {"../总结.pdf", 10, CodeFileName},
		"backslash":            {`a\总结.pdf`, 10, CodeFileName},
		"control character":    {"总\n结.pdf", 10, CodeFileName},
		"NUL":                  {"总结.pdf\x00.pdf", 10, CodeFileName},
		"broken UTF-8":         {"\xff\xfe.pdf", 10, CodeFileName},
		"200 characters":       {strings.Repeat("长", 196) + ".pdf", 10, ""},
		"201 characters":       {strings.Repeat("长", 197) + ".pdf", 10, CodeFileName},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, apperr.CodeOf(CheckFile(summaryRule, c.file, c.size)))
		})
	}
}

func TestFileSizeMessageNeverShowsTheLimitAsTooLarge(t *testing.T) {
	t.Parallel()
	err := CheckFile(summaryRule, "总结.pdf", 2048*1024+1)
	require.Contains(t, apperr.MessageOf(err), "文件大小2097153字节，超过2MB的限制")
}

func TestPlanFileName(t *testing.T) {
	t.Parallel()
	const name = "张三"
	require.Equal(t, "张三教师信息技术应用能力提升计划.docx", PlanFileName(name, "docx"))
	for _, ok := range []string{
		PlanFileName(name, "docx"), "张三+教师信息技术应用能力提升计划.pdf", "张三-教师信息技术应用能力提升计划.doc",
		"张三＋教师信息技术应用能力提升计划.doc",
	} {
		require.NoError(t, CheckPlanFileName(name, ok), ok)
	}
	for _, bad := range []string{
		"计划.docx", "李四教师信息技术应用能力提升计划.docx", "张三教师信息技术应用能力提升计划(1).docx",
		"张三 教师信息技术应用能力提升计划.docx", "张三++教师信息技术应用能力提升计划.docx", "教师信息技术应用能力提升计划.docx", "",
	} {
		err := CheckPlanFileName(name, bad)
		require.True(t, apperr.Is(err, CodePlanFileName), bad)
	}
	require.Error(t, CheckPlanFileName("", "教师信息技术应用能力提升计划.docx"), "a teacher without a name matches nothing")
}

func TestVideoHasALimitOfItsOwn(t *testing.T) {
	t.Parallel()
	rule := FileRule{Types: []string{"pdf", "mp4"}, MaxBytes: 20, MaxVideoBytes: 200}
	require.NoError(t, CheckFile(rule, "课例.mp4", 200))
	require.True(t, apperr.Is(CheckFile(rule, "课例.mp4", 201), CodeFileSize))
	require.True(t, apperr.Is(CheckFile(rule, "教案.pdf", 21), CodeFileSize))
	rule.MaxVideoBytes = 0
	require.True(t, apperr.Is(CheckFile(rule, "课例.mp4", 21), CodeFileSize))
}
