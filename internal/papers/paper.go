// Package papers makes the papers that offices stamp and send: it lays out data as A4
// pages (PDF), and those that offices edit as Word documents (docx).
package papers

import (
	"fmt"
	"time"
)

// Paper is a document before it is laid out.
type Paper struct {
	Title  string
	Number string // of the document; also in the foot of each page
	MadeAt time.Time
	Mark   string // by which the case's record can be compared: the start of its newest hash
	Blocks []Block
}

// Block is a part of a paper: Para, Table, Signs or Seal.
type Block interface{ block() }

// Align is where text stands in its line.
type Align int

// The alignments.
const (
	Left Align = iota
	Center
	Right
)

// Para is a paragraph.
type Para struct {
	Text   string
	Align  Align
	Indent bool // the first line, by two characters
	Bold   bool
	Small  bool // as in tables and notes
}

// Table is a ruled table as wide as the page. Widths are parts of the whole. Head is
// repeated on every page that the table reaches.
type Table struct {
	Widths []float64
	Head   []Row
	Rows   []Row
	Dense  bool // smaller type, for lists with many columns
}

// Row is one row; the spans of its cells add up to the table's columns.
type Row []Cell

// Cell is one cell.
type Cell struct {
	Text  string
	Span  int // columns, 0 is one
	Align Align
	Bold  bool
	Tall  bool   // leaves room for handwriting and a stamp
	Sign  string // what stands at its lower right
}

func (c Cell) span() int { return max(c.Span, 1) }

// Signs is a line of places to sign.
type Signs []string

// Seal closes a letter: who sends it and when, with room for the stamp.
type Seal struct {
	Issuer string
	Day    time.Time
}

func (Para) block()  {}
func (Table) block() {}
func (Signs) block() {}
func (Seal) block()  {}

// shanghai has had no daylight saving time since 1991.
var shanghai = time.FixedZone("CST", 8*3600)

// day writes a date as papers do; the zero time is left to be filled in.
func day(t time.Time) string {
	if t.IsZero() {
		return "    年  月  日"
	}
	y, m, d := t.In(shanghai).Date()
	return fmt.Sprintf("%d年%d月%d日", y, int(m), d)
}

// shortDay writes a date for a table's column.
func shortDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(shanghai).Format(time.DateOnly)
}

// foot is what each page says about the document.
func (p Paper) foot() string {
	return fmt.Sprintf("编号：%s　生成：%s（北京时间）　校验码：%s", p.Number, p.MadeAt.In(shanghai).Format("2006-01-02 15:04"), p.Mark)
}
