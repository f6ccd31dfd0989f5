package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
)

// Font is a TrueType font that text is measured with and that documents embed the used
// part of. It is safe for concurrent use.
type Font struct {
	name     string
	tables   map[string][]byte
	groups   []group
	units    int // per em
	metrics  int // glyphs with a width of their own
	glyphs   int
	longLoca bool
}

// group is a run of characters with consecutive glyphs.
type group struct{ first, last, glyph uint32 }

var errFont = errors.New("not a TrueType font with a full Unicode table")

// ParseFont reads a TrueType font (plain glyf outlines, cmap format 12). name is what documents
// call it: ASCII without spaces. data is kept, not copied.
func ParseFont(name string, data []byte) (*Font, error) {
	f := &Font{name: name, tables: map[string][]byte{}}
	if err := f.split(data); err != nil {
		return nil, err
	}
	for _, t := range []string{"head", "hhea", "maxp", "hmtx", "loca", "glyf", "cmap"} {
		if len(f.tables[t]) < 6 {
			return nil, fmt.Errorf("parse font %s: table %s: %w", name, t, errFont)
		}
	}
	head, hhea := f.tables["head"], f.tables["hhea"]
	if len(head) < 54 || len(hhea) < 36 {
		return nil, fmt.Errorf("parse font %s: %w", name, errFont)
	}
	f.units, f.longLoca = int(be16(head, 18)), be16(head, 50) == 1
	f.metrics, f.glyphs = int(be16(hhea, 34)), int(be16(f.tables["maxp"], 4))
	if err := f.simple(); err != nil {
		return nil, err
	}
	return f, f.characters()
}

// simple refuses fonts with glyphs that are made of others: a subset would lack those.
func (f *Font) simple() error {
	if want := (f.glyphs + 1) * 2; len(f.tables["loca"]) < want || f.longLoca && len(f.tables["loca"]) < 2*want {
		return fmt.Errorf("parse font %s: loca: %w", f.name, errFont)
	}
	if f.metrics < 1 || f.metrics > f.glyphs || len(f.tables["hmtx"]) < 4*f.metrics+2*(f.glyphs-f.metrics) {
		return fmt.Errorf("parse font %s: hmtx: %w", f.name, errFont)
	}
	for g := range f.glyphs {
		if o := f.outline(uint16(g)); len(o) >= 2 && int16(be16(o, 0)) < 0 {
			return fmt.Errorf("parse font %s: glyph %d is a composite: %w", f.name, g, errFont)
		}
	}
	return nil
}

func (f *Font) split(data []byte) error {
	if len(data) < 12 || be32(data, 0) != 0x00010000 {
		return fmt.Errorf("parse font %s: %w", f.name, errFont)
	}
	for i := range int(be16(data, 4)) {
		at := 12 + 16*i
		if at+16 > len(data) {
			return fmt.Errorf("parse font %s: %w", f.name, errFont)
		}
		from, size := int(be32(data, at+8)), int(be32(data, at+12))
		if from+size > len(data) {
			return fmt.Errorf("parse font %s: %w", f.name, errFont)
		}
		f.tables[string(data[at:at+4])] = data[from : from+size]
	}
	return nil
}

// characters reads the cmap's table of all Unicode planes.
func (f *Font) characters() error {
	cmap := f.tables["cmap"]
	for i := range int(be16(cmap, 2)) {
		at := int(be32(cmap, 4+8*i+4))
		if at+16 > len(cmap) || be16(cmap, at) != 12 {
			continue
		}
		n := int(be32(cmap, at+12))
		if at+16+12*n > len(cmap) {
			break
		}
		f.groups = make([]group, n)
		for g := range f.groups {
			o := at + 16 + 12*g
			f.groups[g] = group{be32(cmap, o), be32(cmap, o+4), be32(cmap, o+8)}
		}
		return nil
	}
	return fmt.Errorf("parse font %s: cmap: %w", f.name, errFont)
}

// glyph is the character's glyph, 0 when the font lacks it.
func (f *Font) glyph(r rune) uint16 {
	c := uint32(r)
	i := sort.Search(len(f.groups), func(i int) bool { return f.groups[i].last >= c })
	if i == len(f.groups) || f.groups[i].first > c {
		return 0
	}
	return uint16(f.groups[i].glyph + c - f.groups[i].first)
}

// Has reports whether the font can show the character.
func (f *Font) Has(r rune) bool { return f.glyph(r) != 0 }

// metric is a glyph's width and left side bearing, as a table of widths has them.
func (f *Font) metric(glyph uint16) []byte {
	hmtx, g := f.tables["hmtx"], int(glyph)
	if g < f.metrics {
		return hmtx[4*g : 4*g+4]
	}
	bearing := 4*f.metrics + 2*(g-f.metrics)
	return append(append([]byte{}, hmtx[4*(f.metrics-1):4*(f.metrics-1)+2]...), hmtx[bearing:bearing+2]...)
}

// advance is a glyph's width in thousandths of the type size.
func (f *Font) advance(glyph uint16) int {
	return int(be16(f.metric(glyph), 0)) * 1000 / f.units
}

// Width is how far text of that size, in points, runs.
func (f *Font) Width(text string, size float64) float64 {
	sum := 0
	for _, r := range text {
		sum += f.advance(f.glyph(r))
	}
	return float64(sum) * size / 1000
}

// outline is a glyph's description; empty for a blank.
func (f *Font) outline(glyph uint16) []byte {
	loca, glyf := f.tables["loca"], f.tables["glyf"]
	var from, to int
	if f.longLoca {
		from, to = int(be32(loca, 4*int(glyph))), int(be32(loca, 4*int(glyph)+4))
	} else {
		from, to = 2*int(be16(loca, 2*int(glyph))), 2*int(be16(loca, 2*int(glyph)+2))
	}
	if from > to || to > len(glyf) {
		return nil
	}
	return glyf[from:to]
}

func be16(b []byte, at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
func be32(b []byte, at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }
