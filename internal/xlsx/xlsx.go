// Package xlsx writes lists as Excel workbooks row by row, so that a list's length costs
// no memory: sheets one after the other, each with a frozen header that filters.
package xlsx

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Type is the file's media type.
const Type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Column is one column: its header and how wide it is, in characters of a digit's width.
type Column struct {
	Title string
	Width float64
}

// Day is a time of which a cell shows the day in China only. Other times show minutes.
type Day time.Time

// Percent is a share; its cell shows per cent with one decimal.
type Percent float64

// Text is a string that stays one when its cell is edited: numbers with many digits.
type Text string

// shanghai has had no daylight saving time since 1991.
var shanghai = time.FixedZone("CST", 8*3600)

// Writer writes one sheet at a time. It is not safe for concurrent use.
type Writer struct {
	file   *excelize.File
	stream *excelize.StreamWriter
	sheet  string
	width  int
	rows   int
	styles styles
}

type styles struct{ header, day, minute, text, percent int }

// New begins a workbook with one sheet of that name.
func New(sheet string, columns []Column) (*Writer, error) {
	w := &Writer{file: excelize.NewFile()}
	err := w.file.SetSheetName(w.file.GetSheetName(0), sheet)
	if err == nil {
		err = w.style()
	}
	if err == nil {
		err = w.begin(sheet, columns)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin sheet: %w", err), w.Close())
	}
	return w, nil
}

// Sheet finishes the present sheet and begins another one; rows go there from now on.
func (w *Writer) Sheet(name string, columns []Column) error {
	if err := w.finish(); err != nil {
		return err
	}
	if _, err := w.file.NewSheet(name); err != nil {
		return fmt.Errorf("add sheet: %w", err)
	}
	if err := w.begin(name, columns); err != nil {
		return fmt.Errorf("begin sheet: %w", err)
	}
	return nil
}

func (w *Writer) begin(sheet string, columns []Column) error {
	w.sheet, w.width, w.rows = sheet, len(columns), 0
	var err error
	if w.stream, err = w.file.NewStreamWriter(w.sheet); err != nil {
		return err
	}
	titles := make([]any, len(columns))
	for i, c := range columns {
		titles[i] = excelize.Cell{StyleID: w.styles.header, Value: c.Title}
		if err := w.stream.SetColWidth(i+1, i+1, c.Width); err != nil {
			return err
		}
	}
	frozen := &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	if err := w.stream.SetPanes(frozen); err != nil {
		return err
	}
	return w.write(titles)
}

func (w *Writer) style() error {
	day, minute, percent := "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "0.0%"
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&w.styles.header, excelize.Style{
			Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"F2F3F5"}},
		}},
		{&w.styles.day, excelize.Style{CustomNumFmt: &day}},
		{&w.styles.minute, excelize.Style{CustomNumFmt: &minute}},
		{&w.styles.percent, excelize.Style{CustomNumFmt: &percent}},
		{&w.styles.text, excelize.Style{NumFmt: 49}}, // text: stays one when it is edited
	} {
		id, err := w.file.NewStyle(&s.style)
		if err != nil {
			return err
		}
		*s.id = id
	}
	return nil
}

// Row writes one row: strings, integers, floats, shares, booleans (是/否), times, days. nil, the
// zero time and the zero day leave a cell empty.
func (w *Writer) Row(values ...any) error {
	if len(values) != w.width {
		return fmt.Errorf("write row: %d values in %d columns", len(values), w.width)
	}
	cells := make([]any, len(values))
	for i, v := range values {
		cells[i] = w.cell(v)
	}
	if err := w.write(cells); err != nil {
		return fmt.Errorf("write row %d: %w", w.rows+1, err)
	}
	return nil
}

func (w *Writer) write(cells []any) error {
	at, err := excelize.CoordinatesToCellName(1, w.rows+1)
	if err != nil {
		return err
	}
	w.rows++
	return w.stream.SetRow(at, cells)
}

func (w *Writer) cell(v any) any {
	switch v := v.(type) {
	case Day:
		return at(time.Time(v), w.styles.day)
	case time.Time:
		return at(v, w.styles.minute)
	case Percent:
		return excelize.Cell{StyleID: w.styles.percent, Value: float64(v)}

	case Text:
		return excelize.Cell{StyleID: w.styles.text, Value: string(v)}
	case bool:
		if v {
			return "是"
		}
		return "否"
	case string:
		// What a spreadsheet would take for a formula when the cell is edited or saved as
		// CSV is marked as text.
		if v != "" && strings.ContainsRune("=+-@\t\r\n", rune(v[0])) {
			return excelize.Cell{StyleID: w.styles.text, Value: v}
		}
	}
	return v
}

// at is a cell that shows a time as clocks in China do: Excel knows no zones.
func at(t time.Time, style int) any {
	if t.IsZero() {
		return nil
	}
	y, m, d := t.In(shanghai).Date()
	h, minute, s := t.In(shanghai).Clock()
	return excelize.Cell{StyleID: style, Value: time.Date(y, m, d, h, minute, s, 0, time.UTC)}
}

// WriteTo finishes the workbook and writes it out. Nothing can be added afterwards.
func (w *Writer) WriteTo(out io.Writer) (int64, error) {
	if err := w.finish(); err != nil {
		return 0, err
	}
	n, err := w.file.WriteTo(out)
	if err != nil {
		return n, fmt.Errorf("write workbook: %w", err)
	}
	return n, nil
}

// finish ends the present sheet.
func (w *Writer) finish() error {
	last, err := excelize.CoordinatesToCellName(w.width, w.rows)
	if err == nil {
		err = w.file.AutoFilter(w.sheet, "A1:"+last, nil)
	}
	if err == nil {
		err = w.stream.Flush()
	}
	if err != nil {
		return fmt.Errorf("finish sheet: %w", err)
	}
	return nil
}

// Close removes the temporary files of a long list.
func (w *Writer) Close() error { return w.file.Close() }
