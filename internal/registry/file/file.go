// Package file exchanges records with a registry as sheets: what is to be registered goes
// out by the registry's own template, its receipts come back as xlsx or CSV.
package file

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/xlsx"
)

// Codes of templates and receipts.
const (
	CodeTemplate apperr.Code = "registry_template" // a template that cannot be
	CodeReceipts apperr.Code = "registry_receipts" // a file that holds no receipts
)

// Format is what a registry reads.
type Format string

// The formats.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv" // UTF-8 with its mark, as spreadsheets expect
)

// Field is something a column can hold.
type Field string

// fields are all, with the title a column has unless the template says otherwise and its
// width in a workbook.
var fields = []struct {
	code  Field
	title string
	width float64
	value func(registry.Line) string
}{
	{"no", "记录号", 26, func(l registry.Line) string { return l.No }},
	{"id_number", "身份证号", 22, func(l registry.Line) string { return l.IDNumber }},
	{"name", "姓名", 12, func(l registry.Line) string { return l.Name }},
	{"org_code", "学校代码", 16, func(l registry.Line) string { return l.OrgCode }},
	{"org_name", "学校名称", 28, func(l registry.Line) string { return l.OrgName }},
	{"project", "项目编号", 16, func(l registry.Line) string { return l.Project }},
	{"category", "学时类别", 12, func(l registry.Line) string { return l.Category }},
	{"cohort", "批次", 16, func(l registry.Line) string { return l.Cohort }},
	{"year", "年度", 8, func(l registry.Line) string { return fmt.Sprintf("%d", l.Year) }},
	{"hours", "学时", 8, func(l registry.Line) string { return l.Hours.String() }},
	{"kind", "业务类型", 10, kindOf},
	{"reverses", "冲正记录号", 26, func(l registry.Line) string { return l.Reverses }},
}

func kindOf(l registry.Line) string {
	if l.Reverses != "" {
		return "冲正"
	}
	return "登记"
}

// Column is one column of a registry's template.
type Column struct {
	Field Field  `json:"field"`
	Title string `json:"title"`
}

// Standard is the template of a registry that has none of its own.
func Standard() []Column {
	var list []Column
	for _, f := range fields {
		list = append(list, Column{f.code, f.title})
	}
	return list
}

// needed are the fields without which a receipt finds no record, or a registry no person.
var needed = []Field{"no", "id_number", "name", "year", "hours", "reverses"}

const maxTitle = 40

// Check refuses a template that could not be used, naming why.
func Check(columns []Column) error {
	seen, titles := map[Field]bool{}, map[string]bool{}
	for _, c := range columns {
		title := strings.TrimSpace(c.Title)
		switch {
		case !slices.ContainsFunc(Standard(), func(s Column) bool { return s.Field == c.Field }):
			return apperr.Newf(CodeTemplate, "没有“%s”这一项内容，请从列表中选择。", c.Field).On("columns")
		case seen[c.Field]:
			return apperr.Newf(CodeTemplate, "“%s”在模板中出现了两次，请删去一列。", title).On("columns")
		case title == "" || len([]rune(title)) > maxTitle || strings.ContainsAny(title[:1], "=+-@"):
			return apperr.Newf(CodeTemplate, "列名“%s”不可用：须有1到%d个字，且不能以 = + - @ 开头。", title, maxTitle).On("columns")
		case titles[title]:
			return apperr.Newf(CodeTemplate, "列名“%s”出现了两次，请改成不同的列名。", title).On("columns")
		}
		seen[c.Field], titles[title] = true, true
	}
	for _, f := range needed {
		if !seen[f] {
			return apperr.Newf(CodeTemplate, "模板缺少“%s”列：没有它，登记系统认不出记录或教师。请补上。", titleOf(f)).On("columns")
		}
	}
	return nil
}

func titleOf(f Field) string {
	for _, known := range fields {
		if known.code == f {
			return known.title
		}
	}
	return string(f)
}

// Write writes lines by a template of Check's, which gives one after the other to each.
func Write(out io.Writer, format Format, columns []Column, each func(func(registry.Line) error) error) error {
	if format == CSV {
		return writeCSV(out, columns, each)
	}
	sheet := make([]xlsx.Column, len(columns))
	for i, c := range columns {
		sheet[i] = xlsx.Column{Title: c.Title, Width: widthOf(c.Field)}
	}
	w, err := xlsx.New("学时登记", sheet)
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // temporary files
	err = each(func(l registry.Line) error {
		cells := make([]any, len(columns))
		for i, text := range values(columns, l) {
			cells[i] = xlsx.Text(text)
		}
		return w.Row(cells...)
	})
	if err != nil {
		return err
	}
	_, err = w.WriteTo(out)
	return err
}

func writeCSV(out io.Writer, columns []Column, each func(func(registry.Line) error) error) error {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return fmt.Errorf("write mark: %w", err)
	}
	w := csv.NewWriter(out)
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.Title
	}
	err := w.Write(titles)
	if err == nil {
		err = each(func(l registry.Line) error {
			cells := values(columns, l)
			for i := range cells {
				cells[i] = harmless(cells[i])
			}
			return w.Write(cells)
		})
	}
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	return err
}

// harmless keeps a spreadsheet from taking text for a formula. Numbers stay numbers.
func harmless(text string) string {
	if _, number := registry.ParseHours(text); number || text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return text
	}
	return "'" + text
}

func values(columns []Column, l registry.Line) []string {
	cells := make([]string, len(columns))
	for i, c := range columns {
		for _, f := range fields {
			if f.code == c.Field {
				cells[i] = f.value(l)
			}
		}
	}
	return cells
}

func widthOf(f Field) float64 {
	for _, known := range fields {
		if known.code == f {
			return known.width
		}
	}
	return 12
}
