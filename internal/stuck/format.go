package stuck

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/mattn/go-runewidth"

	"zhengxiao/internal/apperr"
)

// Formats lists what Write understands.
func Formats() []string { return []string{"text", "csv", "json"} }

// Write prints the ledger. An unknown format is refused as invalid.
func (l *Ledger) Write(w io.Writer, format string) error {
	switch format {
	case "text":
		return l.text(w)
	case "csv":
		return l.csv(w)
	case "json":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(l)
	}
	return apperr.Newf(apperr.Invalid, "没有“%s”这种格式，可选：%s。", format, strings.Join(Formats(), "、")).On("format")
}

// shanghai is where the readers are; without daylight saving time since 1991.
var shanghai = time.FixedZone("CST", 8*3600)

// columns are the ledger's, in reading order.
var columns = []struct {
	title string
	right bool
	value func(Line) string
}{
	{"学校", false, func(l Line) string { return l.School }},
	{"区", false, func(l Line) string { return l.District }},
	{"环节", false, stage},
	{"责任单位", false, func(l Line) string { return l.Unit }},
	{"责任人", false, person},
	{"已等待(工作日)", true, func(l Line) string { return number(l.WaitingDays, l.Since != nil) }},
	{"截止日期", false, func(l Line) string { return date(l.Due) }},
	{"逾期(工作日)", true, func(l Line) string { return number(l.DaysOver, l.Overdue) }},
	{"卡点", false, blockers},
}

func stage(l Line) string {
	s := l.StageName
	switch {
	case l.Returned:
		s += "(退回)"
	case l.Round > 0:
		s += fmt.Sprintf("(整改第%d轮)", l.Round)
	}
	return s
}

// persons shows this many names.
const shownPersons = 3

func person(l Line) string {
	names := l.Persons
	more := ""
	if len(names) > shownPersons {
		names, more = names[:shownPersons], fmt.Sprintf("等%d人", len(names))
	}
	switch {
	case l.RoleName == "":
		return "—"
	case len(names) == 0:
		return l.RoleName + "(未设)"
	}
	return l.RoleName + " " + strings.Join(names, "、") + more
}

func number(n int, known bool) string {
	if !known {
		return "—"
	}
	return strconv.Itoa(n)
}

func date(t *time.Time) string {
	if t == nil {
		return "—"
	}
	return t.In(shanghai).Format(time.DateOnly)
}

func blockers(l Line) string {
	parts := make([]string, len(l.Blockers))
	for i, b := range l.Blockers {
		names := strings.Join(b.Names, "、")
		if b.Count > len(b.Names) {
			names += "等"
		}
		parts[i] = fmt.Sprintf("%s%d(%s)", b.Name, b.Count, names)
	}
	if len(parts) == 0 {
		return "—"
	}
	return strings.Join(parts, "；")
}

// text aligns by display width: a Chinese character takes two columns. The last column
// is not padded.
func (l *Ledger) text(w io.Writer) error {
	if len(l.Lines) > 0 {
		if err := l.table(w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "截至 %s：在办 %d 所，逾期 %d 所", l.At.In(shanghai).Format("2006-01-02 15:04"), len(l.Lines), l.Overdue)
	if err == nil && l.NotStarted > 0 {
		_, err = fmt.Fprintf(w, "，尚未启动 %d 所", l.NotStarted)
	}
	if err == nil {
		_, err = fmt.Fprintln(w, "。")
	}
	return err
}

func (l *Ledger) table(w io.Writer) error {
	rows := append([][]string{titles()}, l.rows()...)
	widths := make([]int, len(columns))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], width.StringWidth(cell))
		}
	}
	for _, row := range rows {
		if _, err := fmt.Fprintln(w, aligned(row, widths)); err != nil {
			return err
		}
	}
	return nil
}

// width takes ambiguous characters (— · …) as one column, whatever the locale says: the
// same ledger prints the same everywhere.
var width = &runewidth.Condition{EastAsianWidth: false}

func aligned(row []string, widths []int) string {
	var b strings.Builder
	for i, cell := range row {
		pad := strings.Repeat(" ", widths[i]-width.StringWidth(cell))
		switch {
		case columns[i].right:
			b.WriteString(pad + cell + "  ")
		case i == len(row)-1:
			b.WriteString(cell)
		default:
			b.WriteString(cell + pad + "  ")
		}
	}
	return b.String()
}

func titles() []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.title
	}
	return out
}

func (l *Ledger) rows() [][]string {
	rows := make([][]string, len(l.Lines))
	for i, line := range l.Lines {
		rows[i] = make([]string, len(columns))
		for j, c := range columns {
			rows[i][j] = strings.Map(printable, c.value(line))
		}
	}
	return rows
}

// printable keeps a name from breaking the table, or from speaking to the terminal.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// csv begins with a byte order mark, without which Excel garbles Chinese, and disarms
// cells that a spreadsheet would run as a formula.
func (l *Ledger) csv(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	for _, row := range append([][]string{titles()}, l.rows()...) {
		for i, cell := range row {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@") {
				row[i] = "'" + cell
			}
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
