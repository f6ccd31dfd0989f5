package papers

import "slices"

// The inside of tables, in points.
const (
	padX     = 4.5
	padY     = 3.5
	tableGap = 6.0
	cellLine = smallSize * closeLine
	tallCell = 108.0 // room for a stamp of 42 mm beside the writing
	thinRule = 0.5
)

// longRow is from which height on a row is divided over pages rather than moved.
const longRow = (bottom - top) / 3

// box is a cell with its lines broken and its place across the page.
type box struct {
	Cell

	x, width float64
	size     float64
	lines    []string
}

func (b box) line() float64 { return b.size * closeLine }

func (b box) height() float64 {
	h := float64(len(b.lines))*b.line() + 2*padY
	if b.Sign != "" {
		h += b.line() + padY
	}
	if b.Tall {
		h = max(h, tallCell)
	}
	return h
}

func heightOf(boxes []box) float64 {
	h := 0.0
	for _, b := range boxes {
		h = max(h, b.height())
	}
	return h
}

// table sets a table, its head again at the top of every further page. after is the room
// that its last rows must leave below them.
func (s *press) table(t Table, after float64) {
	s.y += tableGap
	head := s.boxRows(t.Head, t)
	headHeight := 0.0
	for _, r := range head {
		headHeight += heightOf(r)
	}
	begin := func() {
		for _, r := range head {
			s.row(r, true)
		}
	}
	rows := s.boxRows(t.Rows, t)
	if len(rows) > 0 {
		s.need(headHeight + min(heightOf(rows[0]), longRow))
	}
	begin()
	for i, r := range rows {
		if i == len(rows)-2 && s.parts(heightOf(r), heightOf(rows[i+1])+after) {
			s.turn()
			begin()
		}
		for heightOf(r) > bottom-s.y {
			first, rest := split(r, bottom-s.y)
			if first != nil {
				s.row(first, false)
				r = rest
			}
			s.turn()
			begin()
		}
		s.row(r, false)
	}
	s.y += tableGap
}

// parts reports whether the page would end between the last two rows, or between them and
// what must follow: neither the last row nor that is to stand alone.
func (s *press) parts(row, rest float64) bool {
	room := bottom - s.y
	return row <= room && row+rest > room && rest < longRow
}

func (s *press) boxRows(rows []Row, t Table) [][]box {
	size, sum := smallSize, 0.0
	if t.Dense {
		size = denseSize
	}
	for _, w := range t.Widths {
		sum += w
	}
	list := make([][]box, len(rows))
	for i, r := range rows {
		x, column := marginX, 0
		for _, c := range r {
			b := box{Cell: c, x: x, size: size}
			for range c.span() {
				b.width += t.Widths[column] / sum * bodyWidth
				column++
			}
			b.lines = s.wrap(c.Text, c.Bold, size, b.width-2*padX, 0)
			list[i] = append(list[i], b)
			x += b.width
		}
	}
	return list
}

// split divides a long row where the page ends; nil when it should move as a whole.
func split(r []box, room float64) (first, rest []box) {
	n := int((room - 2*padY) / r[0].line())
	if heightOf(r) < longRow || n < 3 {
		return nil, r
	}
	first, rest = slices.Clone(r), slices.Clone(r)
	for i := range r {
		cut := min(n, len(r[i].lines))
		first[i].lines, rest[i].lines = r[i].lines[:cut], r[i].lines[cut:]
		first[i].Sign, first[i].Tall = "", false
	}
	return first, rest
}

// row sets one row and its rules.
func (s *press) row(r []box, head bool) {
	h := heightOf(r)
	if head {
		s.page.Fill(marginX, s.y, bodyWidth, h, 0.94)
	}
	for _, b := range r {
		s.cell(b, h)
	}
	s.page.Line(marginX, s.y, marginX+bodyWidth, s.y, thinRule)
	s.page.Line(marginX, s.y+h, marginX+bodyWidth, s.y+h, thinRule)
	for _, b := range r {
		s.page.Line(b.x, s.y, b.x, s.y+h, thinRule)
	}
	s.page.Line(marginX+bodyWidth, s.y, marginX+bodyWidth, s.y+h, thinRule)
	s.y += h
}

// cell sets a cell's text: in the middle of its height, but at the top where there is
// room to write below.
func (s *press) cell(b box, height float64) {
	y := s.y + (height-float64(len(b.lines))*b.line())/2
	if b.Tall || b.Sign != "" {
		y = s.y + padY
	}
	for i, l := range b.lines {
		s.line(l, b.Bold, b.Align, b.size, b.x+padX, b.width-2*padX, y+(float64(i)+0.5)*b.line())
	}
	if b.Sign != "" {
		s.line(s.faces.clean(b.Sign, s.missing), false, Right, b.size, b.x+padX, b.width-2*padX, s.y+height-padY-b.line()/2)
	}
}
