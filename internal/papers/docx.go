package papers

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// DocxType is the media type of Word documents.
const DocxType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// Docx lays the paper out as a Word document to be edited: the same parts in the same
// order. Fonts are those of the reader's computer, so no character is missing here.
func (p Paper) Docx() ([]byte, error) {
	w := &word{}
	w.para(Para{Text: p.Title, Align: Center, Bold: true}, titleSize)
	w.para(Para{Text: p.Number, Align: Center}, smallSize+1)
	for _, b := range p.Blocks {
		w.block(b)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range []struct{ name, text string }{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", rels},
		{"word/_rels/document.xml.rels", documentRels},
		{"word/styles.xml", styles},
		{"word/footer1.xml", footer(p.foot())},
		{"word/document.xml", xml.Header + `<w:document ` + namespaces + `><w:body>` + w.b.String() + section + `</w:body></w:document>`},
	} {
		part, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: p.MadeAt.UTC()})
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", f.name, err)
		}
		if _, err := part.Write([]byte(f.text)); err != nil {
			return nil, fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write docx: %w", err)
	}
	return out.Bytes(), nil
}

// word writes the body of a document.
type word struct{ b strings.Builder }

func (w *word) block(b Block) {
	switch b := b.(type) {
	case Para:
		size := textSize
		if b.Small {
			size = smallSize
		}
		w.para(b, size)
	case Table:
		w.table(b)
	case Signs:
		w.para(Para{Text: strings.Join(b, "____________　") + "____________"}, smallSize)
	case Seal:
		w.para(Para{}, textSize)
		w.para(Para{}, textSize)
		w.para(Para{Text: b.Issuer, Align: Right, Indent: true}, textSize)
		w.para(Para{Text: day(b.Day), Align: Right, Indent: true}, textSize)
	}
}

var alignments = map[Align]string{Left: "left", Center: "center", Right: "right"}

// para writes a paragraph; sizes are in half points, distances in twentieths.
func (w *word) para(p Para, size float64) {
	w.b.WriteString(`<w:p><w:pPr>`)
	if p.Bold {
		w.b.WriteString(`<w:keepNext/>`)
	}
	if size == textSize {
		fmt.Fprintf(&w.b, `<w:spacing w:line="%d" w:lineRule="exact"/>`, int(textSize*looseLine*20))
	}
	switch {
	case p.Indent && p.Align == Right:
		fmt.Fprintf(&w.b, `<w:ind w:right="%d"/>`, int(sealIndent*20))
	case p.Indent:
		fmt.Fprintf(&w.b, `<w:ind w:firstLineChars="200" w:firstLine="%d"/>`, int(2*size*20))
	}
	fmt.Fprintf(&w.b, `<w:jc w:val="%s"/></w:pPr>`, alignments[p.Align])
	w.run(p.Text, p.Bold, size)
	w.b.WriteString(`</w:p>`)
}

func (w *word) run(text string, bold bool, size float64) {
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		w.b.WriteString(`<w:r><w:rPr>`)
		if bold {
			w.b.WriteString(`<w:b/>`)
		}
		fmt.Fprintf(&w.b, `<w:sz w:val="%d"/></w:rPr>`, int(2*size))
		if i > 0 {
			w.b.WriteString(`<w:br/>`)
		}
		w.b.WriteString(`<w:t xml:space="preserve">` + escape(line) + `</w:t></w:r>`)
	}
}

// escape writes text for XML; what XML cannot hold becomes U+FFFD.
func escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}

// tableWidth is the width between the margins, in twentieths of a point.
const tableWidth = bodyWidth * 20

func (w *word) table(t Table) {
	sum := 0.0
	for _, v := range t.Widths {
		sum += v
	}
	widths := make([]int, len(t.Widths))
	w.b.WriteString(tableStart)
	for i, v := range t.Widths {
		widths[i] = int(v / sum * tableWidth)
		fmt.Fprintf(&w.b, `<w:gridCol w:w="%d"/>`, widths[i])
	}
	w.b.WriteString(`</w:tblGrid>`)
	for _, r := range t.Head {
		w.row(r, widths, true)
	}
	for _, r := range t.Rows {
		w.row(r, widths, false)
	}
	w.b.WriteString(`</w:tbl>`)
	w.para(Para{}, smallSize) // tables that touch would become one
}

func (w *word) row(r Row, widths []int, head bool) {
	w.b.WriteString(`<w:tr><w:trPr>`)
	tall := false
	for _, c := range r {
		tall = tall || c.Tall
	}
	if tall {
		fmt.Fprintf(&w.b, `<w:cantSplit/><w:trHeight w:val="%d" w:hRule="atLeast"/>`, int(tallCell*20))
	}
	if head {
		w.b.WriteString(`<w:tblHeader/>`)
	}
	w.b.WriteString(`</w:trPr>`)
	column := 0
	for _, c := range r {
		width := 0
		for range c.span() {
			width += widths[column]
			column++
		}
		fmt.Fprintf(&w.b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:gridSpan w:val="%d"/>`, width, c.span())
		if head {
			w.b.WriteString(`<w:shd w:val="clear" w:color="auto" w:fill="F0F0F0"/>`)
		}
		vertical := "center"
		if c.Tall {
			vertical = "bottom"
		}
		fmt.Fprintf(&w.b, `<w:vAlign w:val="%s"/></w:tcPr>`, vertical)
		w.para(Para{Text: c.Text, Align: c.Align, Bold: c.Bold}, smallSize)
		if c.Sign != "" {
			for range 3 {
				w.para(Para{}, smallSize)
			}
			w.para(Para{Text: c.Sign, Align: Right}, smallSize)
		}
		w.b.WriteString(`</w:tc>`)
	}
	w.b.WriteString(`</w:tr>`)
}
