package papers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"zhengxiao/internal/pdf"
)

// The page, in points: A4 with the margins of a form.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
	marginX    = 65.0
	top        = 76.0
	bottom     = 776.0
	bodyWidth  = pageWidth - 2*marginX
)

// Type sizes, in points: 二号 for titles, 四号 for letters, 小五 to 五号 for tables.
const (
	titleSize = 22.0
	textSize  = 14.0
	smallSize = 10.0
	denseSize = 9.0
	footSize  = 8.0
)

// The distance of lines, by type size.
const (
	looseLine = 1.8
	closeLine = 1.45
)

// press sets one paper, page by page.
type press struct {
	faces   faces
	doc     *pdf.Document
	page    *pdf.Page
	y       float64 // where the next thing begins
	missing map[rune]bool
}

// PDF lays the paper out as A4 pages. A character that the fonts lack is set as 〓, and a
// note at the end names it.
func (p Paper) PDF() ([]byte, error) {
	f, err := loadFaces()
	if err != nil {
		return nil, err
	}
	s := &press{
		faces: f, missing: map[rune]bool{},
		doc: pdf.New(pdf.Info{Title: p.Title, Author: "整校推进管理平台", Created: p.MadeAt}),
	}
	s.turn()
	s.title(p)
	for i, b := range p.Blocks {
		s.block(b, s.reserve(p.Blocks[i+1:]))
	}
	foot := s.faces.clean(p.foot(), s.missing)
	s.note()
	s.feet(foot)
	return s.doc.Bytes(), nil
}

func (s *press) turn() {
	s.page = s.doc.AddPage(pageWidth, pageHeight)
	s.y = top
}

// need turns the page unless so much fits on it.
func (s *press) need(height float64) {
	if s.y+height > bottom && s.y > top {
		s.turn()
	}
}

func (s *press) title(p Paper) {
	s.lines(s.wrap(p.Title, true, titleSize, bodyWidth, 0), Para{Align: Center, Bold: true}, titleSize, 1.4, 0)
	s.y += 6
	s.lines([]string{s.faces.clean(p.Number, s.missing)}, Para{Align: Center}, smallSize+1, closeLine, 0)
	s.y += 12
}

func (s *press) wrap(text string, bold bool, size, width, first float64) []string {
	measure := func(t string) float64 { return s.faces.width(t, bold, size) }
	return wrap(s.faces.clean(text, s.missing), measure, width, first)
}

// block sets one part; after is the room that the last lines must leave below them.
func (s *press) block(b Block, after float64) {
	switch b := b.(type) {
	case Para:
		s.para(b, after)
	case Table:
		s.table(b, after)
	case Signs:
		s.signs(b)
	case Seal:
		s.seal(b)
	}
}

// reserve is the room that what follows wants on the same page as what comes before.
func (s *press) reserve(rest []Block) float64 {
	height := 0.0
	for _, b := range rest {
		switch b := b.(type) {
		case Seal:
			return height + sealHeight
		case Signs:
			return height + signsHeight
		case Table:
			return height + 60
		case Para:
			if !b.Small || b.Bold {
				return 0
			}
			height += float64(len(s.wrap(b.Text, false, smallSize, bodyWidth, 0))) * smallSize * closeLine
		}
	}
	return 0
}

func (s *press) para(p Para, after float64) {
	size, leading := textSize, looseLine
	if p.Small {
		size, leading = smallSize, closeLine
	}
	indent := 0.0
	if p.Indent {
		indent = 2 * size
	}
	lines := s.wrap(p.Text, p.Bold, size, bodyWidth, indent)
	if !p.Bold {
		s.keep(lines, p, size, leading, indent, after)
		return
	}
	// A heading stays with what it heads.
	s.need(float64(len(lines))*size*leading + 3*size*looseLine)
	s.lines(lines, p, size, leading, indent)
}

// keep sets lines so that no page begins or ends with a single one, and the last two
// stand on one page with what must follow them.
func (s *press) keep(lines []string, p Para, size, leading, indent, after float64) {
	height := size * leading
	for i := range lines {
		left := len(lines) - i
		switch {
		case left == min(2, len(lines)):
			s.need(float64(left)*height + after)
		case i == 0:
			s.need(2 * height)
		default:
			s.need(height)
		}
		s.lines(lines[i:i+1], p, size, leading, indent)
		indent = 0
	}
}

// lines sets lines from where the page stands.
func (s *press) lines(lines []string, p Para, size, leading, indent float64) {
	for _, l := range lines {
		s.line(l, p.Bold, p.Align, size, marginX+indent, bodyWidth-indent, s.y+size*leading/2)
		s.y += size * leading
		indent = 0
	}
}

// line sets one line whose middle is at y.
func (s *press) line(text string, bold bool, a Align, size, x, width, y float64) {
	switch a {
	case Center:
		x += (width - s.faces.width(text, bold, size)) / 2
	case Right:
		x += width - s.faces.width(text, bold, size)
	case Left:
	}
	for _, r := range s.faces.runs(text, bold) {
		s.page.Text(r.font, size, x, y+size*0.36, 0, r.text)
		x += r.font.Width(r.text, size)
	}
}

const signsHeight = 46.0

// signs sets the places to sign side by side, each with a line to write on.
func (s *press) signs(labels Signs) {
	s.need(signsHeight)
	s.y += 24
	each := bodyWidth / float64(len(labels))
	for i, l := range labels {
		x := marginX + each*float64(i)
		text := s.faces.clean(l, s.missing)
		s.line(text, false, Left, smallSize, x, each, s.y+smallSize/2)
		from := x + s.faces.width(text, false, smallSize)
		s.page.Line(from, s.y+smallSize+2, x+each-14, s.y+smallSize+2, 0.5)
	}
	s.y += signsHeight - 24
}

const (
	sealGap    = 50.0 // above the issuer: the stamp covers the name
	sealHeight = sealGap + 2*textSize*looseLine
	sealIndent = 4 * textSize
)

// seal sets issuer and date over each other at the right, with room for the stamp.
func (s *press) seal(b Seal) {
	s.need(sealHeight)
	issuer, date := s.faces.clean(b.Issuer, s.missing), day(b.Day)
	width := min(max(s.faces.width(issuer, false, textSize), s.faces.width(date, false, textSize)), bodyWidth)
	x := max(marginX, marginX+bodyWidth-sealIndent-width)
	s.y += sealGap
	for _, l := range append(s.wrap(issuer, false, textSize, width+1, 0), date) {
		s.line(l, false, Center, textSize, x, width, s.y+textSize*looseLine/2)
		s.y += textSize * looseLine
	}
}

// note names the characters that could not be set.
func (s *press) note() {
	if len(s.missing) == 0 {
		return
	}
	names := make([]string, 0, len(s.missing))
	for _, r := range slices.Sorted(maps.Keys(s.missing)) {
		names = append(names, fmt.Sprintf("U+%04X", r))
	}
	s.y += 8
	s.para(Para{Small: true, Text: "注：文中“〓”处的字（" + strings.Join(names, "、") + "）不在系统字库内，请核对后手写补正。"}, 0)
}

// feet finishes every page with what the paper is and which page it is.
func (s *press) feet(text string) {
	pages := s.doc.Pages()
	for i, p := range pages {
		s.page = p
		p.Line(marginX, bottom+14, marginX+bodyWidth, bottom+14, 0.4)
		number := fmt.Sprintf("第 %d 页 共 %d 页", i+1, len(pages))
		room := bodyWidth - s.faces.width(number, false, footSize) - 12
		for n, l := range s.wrap(text, false, footSize, room, 0) {
			s.line(l, false, Left, footSize, marginX, room, bottom+23+float64(n)*footSize*closeLine)
		}
		s.line(number, false, Right, footSize, marginX, bodyWidth, bottom+23)
	}
}
