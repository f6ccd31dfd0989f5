package papers

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the fonts
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"

	"zhengxiao/internal/pdf"
)

//go:embed font/NotoSerifSC-Regular.ttf.gz
var regularFile []byte

//go:embed font/NotoSerifSC-Bold.ttf.gz
var boldFile []byte

// faces are the two weights. The bold one has fewer characters; what it lacks is set in
// the regular one.
type faces struct{ regular, bold *pdf.Font }

var loadFaces = sync.OnceValues(func() (faces, error) {
	regular, err := unpack("NotoSerifSC-Regular", regularFile)
	if err != nil {
		return faces{}, err
	}
	bold, err := unpack("NotoSerifSC-Bold", boldFile)
	return faces{regular, bold}, err
})

func unpack(name string, file []byte) (*pdf.Font, error) {
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("unpack font %s: %w", name, err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpack font %s: %w", name, err)
	}
	return pdf.ParseFont(name, data)
}

// run is text in one font.
type run struct {
	font *pdf.Font
	text string
}

func (f faces) of(r rune, bold bool) *pdf.Font {
	if bold && f.bold.Has(r) {
		return f.bold
	}
	return f.regular
}

func (f faces) runs(text string, bold bool) []run {
	var list []run
	for _, r := range text {
		font := f.of(r, bold)
		if n := len(list); n == 0 || list[n-1].font != font {
			list = append(list, run{font: font})
		}
		list[len(list)-1].text += string(r)
	}
	return list
}

func (f faces) width(text string, bold bool, size float64) float64 {
	sum := 0.0
	for _, r := range f.runs(text, bold) {
		sum += r.font.Width(r.text, size)
	}
	return sum
}

// geta is the mark that printers set for a character they do not have.
const geta = '〓'

// clean leaves only what can be shown: line ends, and characters of the font. A character
// that the font lacks becomes a geta and is added to missing.
func (f faces) clean(text string, missing map[rune]bool) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || f.regular.Has(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r) || unicode.Is(unicode.Variation_Selector, r):
			return -1
		}
		missing[r] = true
		return geta
	}, text)
}
