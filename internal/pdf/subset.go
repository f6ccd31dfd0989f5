package pdf

import (
	"bytes"
	"encoding/binary"
)

// subset is the part of a font that one document uses, its glyphs numbered anew in the
// order of first use.
type subset struct {
	font   *Font
	glyphs []uint16          // by new number; 0 is the font's own sign for a missing one
	number map[uint16]uint16 // by the font's number
	runes  map[uint16]rune   // by new number
}

func newSubset(f *Font) *subset {
	return &subset{font: f, glyphs: []uint16{0}, number: map[uint16]uint16{0: 0}, runes: map[uint16]rune{}}
}

func (s *subset) add(glyph uint16) uint16 {
	n, ok := s.number[glyph]
	if !ok {
		n = uint16(len(s.glyphs))
		s.number[glyph] = n
		s.glyphs = append(s.glyphs, glyph)
	}
	return n
}

// encode is text as the numbers of its glyphs.
func (s *subset) encode(text string) []byte {
	var out []byte
	for _, r := range text {
		n := s.add(s.font.glyph(r))
		if _, known := s.runes[n]; !known {
			s.runes[n] = r
		}
		out = binary.BigEndian.AppendUint16(out, n)
	}
	return out
}

// program is the font file of the subset: only the tables that a PDF viewer needs.
func (s *subset) program() []byte {
	var glyf, loca, hmtx bytes.Buffer
	for _, g := range s.glyphs {
		loca.Write(binary.BigEndian.AppendUint32(nil, uint32(glyf.Len())))
		outline := s.font.outline(g)
		glyf.Write(outline)
		glyf.Write(make([]byte, -len(outline)&3))
		hmtx.Write(s.font.metric(g))
	}
	loca.Write(binary.BigEndian.AppendUint32(nil, uint32(glyf.Len())))

	n := uint16(len(s.glyphs))
	head, hhea, maxp := bytes.Clone(s.font.tables["head"]), bytes.Clone(s.font.tables["hhea"]), bytes.Clone(s.font.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0) // checksum of the whole, which viewers ignore
	binary.BigEndian.PutUint16(head[50:], 1)
	binary.BigEndian.PutUint16(hhea[34:], n)
	binary.BigEndian.PutUint16(maxp[4:], n)
	return assemble([]table{
		{"glyf", glyf.Bytes()},
		{"head", head},
		{"hhea", hhea},
		{"hmtx", hmtx.Bytes()},
		{"loca", loca.Bytes()},
		{"maxp", maxp},
	})
}

type table struct {
	tag  string
	data []byte
}

// assemble writes tables, sorted by tag, as a font file.
func assemble(tables []table) []byte {
	var dir, body bytes.Buffer
	n := len(tables)
	search, selector := 16, 0
	for search*2 <= 16*n {
		search, selector = search*2, selector+1
	}
	dir.Write(binary.BigEndian.AppendUint32(nil, 0x00010000))
	for _, v := range []int{n, search, selector, 16*n - search} {
		dir.Write(binary.BigEndian.AppendUint16(nil, uint16(v)))
	}
	for _, t := range tables {
		dir.WriteString(t.tag)
		padded := append(bytes.Clone(t.data), make([]byte, -len(t.data)&3)...)
		for _, v := range []int{int(checksum(padded)), 12 + 16*n + body.Len(), len(t.data)} {
			dir.Write(binary.BigEndian.AppendUint32(nil, uint32(v)))
		}
		body.Write(padded)
	}
	return append(dir.Bytes(), body.Bytes()...)
}

func checksum(padded []byte) uint32 {
	var sum uint32
	for i := 0; i < len(padded); i += 4 {
		sum += be32(padded, i)
	}
	return sum
}
