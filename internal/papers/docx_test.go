package papers_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/papers"
)

// parts are the files of a Word document, each checked to be XML.
func parts(t *testing.T, p papers.Paper) map[string]string {
	t.Helper()
	data, err := p.Docx()
	require.NoError(t, err)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	list := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		raw, err := io.ReadAll(r)
		require.NoError(t, err)
		list[f.Name] = string(raw)
		for d := xml.NewDecoder(bytes.NewReader(raw)); ; {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, f.Name)
		}
	}
	return list
}

func TestEveryPaperIsAWordDocument(t *testing.T) {
	t.Parallel()
	for name, p := range samples() {
		list := parts(t, p)
		require.Equal(t, "[Content_Types].xml", sortedFirst(list), name)
		body := list["word/document.xml"]
		require.Contains(t, body, p.Title)
		require.Equal(t, strings.Count(body, "<w:tbl>"), strings.Count(body, "</w:tbl>"))
		require.Contains(t, list["word/footer1.xml"], "NUMPAGES")
		require.Contains(t, list["word/footer1.xml"], p.Mark)
	}
	body := parts(t, papers.HoursRegister(sampleRegister("白云区第三小学", 200)))["word/document.xml"]
	require.Contains(t, body, "<w:tblHeader/>")
	require.Contains(t, body, "教师200")
}

func sortedFirst(list map[string]string) string {
	first := "~"
	for name := range list {
		first = min(first, name)
	}
	return first
}

// What people typed stays text, and what XML cannot hold does not break the file.
func TestWordTextIsEscaped(t *testing.T) {
	t.Parallel()
	r := sampleRectification("<w:p>&学校\x00\x0b")
	r.Items[0].Text = "]]>\n第二行😀\U0002A6A5"
	body := parts(t, papers.RectificationNotice(r))["word/document.xml"]
	require.Contains(t, body, "&lt;w:p&gt;&amp;学校")
	require.Contains(t, body, "<w:br/>")
	require.Contains(t, body, "第二行😀\U0002A6A5")
}
