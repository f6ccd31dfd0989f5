// Package pdf writes PDF documents of text and lines. Fonts are TrueType, embedded as far
// as they are used, and every character of every plane can be searched for and copied.
package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
)

// Info describes a document to viewers.
type Info struct {
	Title   string
	Author  string
	Created time.Time
}

// Document is written page by page. The same calls give the same bytes. It is not safe
// for concurrent use.
type Document struct {
	info    Info
	pages   []*Page
	subsets []*subset
	byFont  map[*Font]int
}

// Page is one page. Places are in points from the upper left corner.
type Page struct {
	doc           *Document
	width, height float64
	content       bytes.Buffer
}

// New begins a document.
func New(info Info) *Document { return &Document{info: info, byFont: map[*Font]int{}} }

// AddPage adds a page of that size in points.
func (d *Document) AddPage(width, height float64) *Page {
	p := &Page{doc: d, width: width, height: height}
	d.pages = append(d.pages, p)
	return p
}

// Pages are those added so far.
func (d *Document) Pages() []*Page { return d.pages }

func (d *Document) use(f *Font) int {
	i, ok := d.byFont[f]
	if !ok {
		i = len(d.subsets)
		d.byFont[f] = i
		d.subsets = append(d.subsets, newSubset(f))
	}
	return i
}

// Text writes one line whose baseline begins at x, y. grey is the colour: 0 is black.
func (p *Page) Text(f *Font, size, x, y, grey float64, text string) {
	if text == "" {
		return
	}
	i := p.doc.use(f)
	fmt.Fprintf(&p.content, "BT %s g /F%d %s Tf %s %s Td <%s> Tj ET\n",
		num(grey), i, num(size), num(x), num(p.height-y), hex.EncodeToString(p.doc.subsets[i].encode(text)))
}

// Line draws a straight black line.
func (p *Page) Line(x1, y1, x2, y2, width float64) {
	fmt.Fprintf(&p.content, "%s w %s %s m %s %s l S\n", num(width), num(x1), num(p.height-y1), num(x2), num(p.height-y2))
}

// Fill paints a rectangle in grey: 1 is white.
func (p *Page) Fill(x, y, width, height, grey float64) {
	fmt.Fprintf(&p.content, "%s g %s %s %s %s re f\n", num(grey), num(x), num(p.height-y-height), num(width), num(height))
}

// num is a number as short as a hundredth of a point allows.
func num(v float64) string {
	s := strings.TrimRight(fmt.Sprintf("%.2f", v), "0")
	return strings.TrimSuffix(s, ".")
}

// Bytes finishes the document.
func (d *Document) Bytes() []byte {
	w := &writer{}
	w.buf.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	catalog, tree, info := w.reserve(), w.reserve(), w.reserve()
	w.object(catalog, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true>>>>", tree))
	w.object(info, fmt.Sprintf("<</Title %s/Author %s/CreationDate(%s)>>",
		textString(d.info.Title), textString(d.info.Author), d.info.Created.UTC().Format("D:20060102150405Z")))
	var fonts strings.Builder
	for i, s := range d.subsets {
		fmt.Fprintf(&fonts, "/F%d %d 0 R", i, w.font(s, i))
	}
	var kids strings.Builder
	for _, p := range d.pages {
		content, page := w.stream("", p.content.Bytes()), w.reserve()
		w.object(page, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Resources<</Font<<%s>>>>/Contents %d 0 R>>",
			tree, num(p.width), num(p.height), fonts.String(), content))
		fmt.Fprintf(&kids, "%d 0 R ", page)
	}
	w.object(tree, fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), len(d.pages)))
	return w.finish(catalog, info)
}

// textString is text outside of pages: UTF-16 with its mark.
func textString(s string) string {
	return "<FEFF" + utf16Hex(s) + ">"
}

func utf16Hex(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}

// writer lays objects one after the other and remembers where they are.
type writer struct {
	buf bytes.Buffer
	at  []int
}

func (w *writer) reserve() int {
	w.at = append(w.at, 0)
	return len(w.at)
}

func (w *writer) object(id int, body string) {
	w.at[id-1] = w.buf.Len()
	fmt.Fprintf(&w.buf, "%d 0 obj\n%s\nendobj\n", id, body)
}

// stream adds a compressed stream; extra are further entries of its dictionary.
func (w *writer) stream(extra string, data []byte) int {
	var z bytes.Buffer
	c := zlib.NewWriter(&z)
	_, _ = c.Write(data) // a buffer takes everything
	_ = c.Close()
	id := w.reserve()
	w.object(id, fmt.Sprintf("<</Filter/FlateDecode/Length %d%s>>\nstream\n%s\nendstream", z.Len(), extra, z.String()))
	return id
}

func (w *writer) finish(catalog, info int) []byte {
	start := w.buf.Len()
	fmt.Fprintf(&w.buf, "xref\n0 %d\n0000000000 65535 f \n", len(w.at)+1)
	for _, at := range w.at {
		fmt.Fprintf(&w.buf, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&w.buf, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(w.at)+1, catalog, info, start)
	return w.buf.Bytes()
}

// font adds a subset and all that belongs to it; n tells the document's fonts apart.
func (w *writer) font(s *subset, n int) int {
	head, hhea := s.font.tables["head"], s.font.tables["hhea"]
	em := func(table []byte, at int) int { return int(int16(be16(table, at))) * 1000 / s.font.units }
	name := fmt.Sprintf("%s+%s", tag(n), s.font.name)
	program := s.program()
	file := w.stream(fmt.Sprintf("/Length1 %d", len(program)), program)
	descriptor, cid, font := w.reserve(), w.reserve(), w.reserve()
	w.object(descriptor, fmt.Sprintf(
		"<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile2 %d 0 R>>",
		name, em(head, 36), em(head, 38), em(head, 40), em(head, 42), em(hhea, 4), em(hhea, 6), em(hhea, 4), file))
	w.object(cid, fmt.Sprintf(
		"<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"+
			"/FontDescriptor %d 0 R/DW 1000/W[0[%s]]/CIDToGIDMap/Identity>>", name, descriptor, s.widths()))
	w.object(font, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>",
		name, cid, w.stream("", s.toUnicode())))
	return font
}

// tag is the six letters that mark a font as a subset.
func tag(n int) string { return "ZXAAA" + string(rune('A'+n%26)) }

func (s *subset) widths() string {
	list := make([]string, len(s.glyphs))
	for i, g := range s.glyphs {
		list[i] = fmt.Sprint(s.font.advance(g))
	}
	return strings.Join(list, " ")
}

// perBlock is the most entries that a block of a CMap may have.
const perBlock = 100

// toUnicode tells which character each glyph stands for.
func (s *subset) toUnicode() []byte {
	var lines []string
	for n := range s.glyphs {
		if r, ok := s.runes[uint16(n)]; ok {
			lines = append(lines, fmt.Sprintf("<%04X> <%s>\n", n, utf16Hex(string(r))))
		}
	}
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for len(lines) > 0 {
		block := lines[:min(perBlock, len(lines))]
		lines = lines[len(block):]
		fmt.Fprintf(&b, "%d beginbfchar\n%sendbfchar\n", len(block), strings.Join(block, ""))
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\n" + "end\n")
	return b.Bytes()
}
