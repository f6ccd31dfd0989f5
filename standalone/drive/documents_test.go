package drive

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/gabriel-vasile/mimetype"
	"github.com/stretchr/testify/require"
)

func TestDocumentsAreWhatTheirNamesSay(t *testing.T) {
	t.Parallel()
	require.True(t, mimetype.Detect(PDF("个人提升计划")).Is("application/pdf"))
	require.NotEqual(t, PDF("甲"), PDF("乙"))
	doc := Docx("教学 <设计> & 反思")
	require.True(t, mimetype.Detect(doc).Is("application/vnd.openxmlformats-officedocument.wordprocessingml.document"))
	z, err := zip.NewReader(bytes.NewReader(doc), int64(len(doc)))
	require.NoError(t, err)
	require.Equal(t, "[Content_Types].xml", z.File[0].Name)
}
