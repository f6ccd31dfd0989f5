package pdf_test

import (
	"compress/gzip"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/pdf"
	"zhengxiao/internal/testkit/pdftext"
)

func fontFile(t *testing.T) []byte {
	t.Helper()
	f, err := os.Open("../papers/font/NotoSerifSC-Bold.ttf.gz")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	data, err := io.ReadAll(z)
	require.NoError(t, err)
	return data
}

func TestTextGoesInAndComesOut(t *testing.T) {
	t.Parallel()
	font, err := pdf.ParseFont("Test", fontFile(t))
	require.NoError(t, err)
	made := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	write := func() []byte {
		d := pdf.New(pdf.Info{Title: "整校", Author: "办公室", Created: made})
		first, second := d.AddPage(595, 842), d.AddPage(595, 842)
		first.Text(font, 12, 72, 100, 0, "整校推进 ABC 𬱖")
		first.Line(72, 110, 300, 110, 0.5)
		second.Text(font, 12, 72, 100, 0.5, "第二页")
		second.Fill(0, 0, 10, 10, 0.9)
		second.Text(font, 12, 72, 100, 0, "")
		return d.Bytes()
	}
	data := write()
	require.Equal(t, []string{"整校推进 ABC 𬱖", "第二页"}, pdftext.Pages(t, data))
	require.Equal(t, data, write())
	require.Less(t, len(data), 20<<10, "of the font only what is used")
}

func TestWidths(t *testing.T) {
	t.Parallel()
	font, err := pdf.ParseFont("Test", fontFile(t))
	require.NoError(t, err)
	require.InDelta(t, 24, font.Width("整校", 12), 0.001, "Chinese is as wide as it is high")
	require.Less(t, font.Width("ii", 12), font.Width("WW", 12))
	require.True(t, font.Has('校'))
	require.False(t, font.Has(0x2A6A5))
	require.False(t, font.Has(0x10FFFF))
}

// Whatever is cut or wrong in a file is an error, never a fault.
func TestBadFontsAreRefused(t *testing.T) {
	t.Parallel()
	whole := fontFile(t)
	for _, data := range [][]byte{nil, []byte("OTTO"), []byte("not a font at all, not at all"), whole[:12], whole[:200], whole[:len(whole)/2]} {
		_, err := pdf.ParseFont("Test", data)
		require.Error(t, err)
	}
}
