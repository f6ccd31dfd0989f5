package roster_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/roster"
)

// Any file is read to its end or refused: rows come in order, no more of them than bytes,
// and counting finds as many as reading.
func FuzzSheet(f *testing.F) {
	const csv = "代码,名称,层级,上级代码\n1,一小,学校,2\n\n3,\"二\n小\",学校,2\n"
	legacy, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(csv))
	require.NoError(f, err)
	f.Add(uint8(0), []byte(csv))
	f.Add(uint8(0), []byte("\ufeff"+csv))
	f.Add(uint8(0), legacy)
	f.Add(uint8(1), []byte("PK\x03\x04"))
	f.Add(uint8(2), []byte("\"a\n,b\xff"))
	kinds := roster.Kinds()
	for i, k := range kinds {
		var b bytes.Buffer
		require.NoError(f, roster.WriteTemplate(k, &b))
		f.Add(uint8(i), b.Bytes())
	}
	f.Fuzz(func(t *testing.T, k uint8, body []byte) {
		kind, path := kinds[int(k)%len(kinds)], filepath.Join(t.TempDir(), "sheet")
		require.NoError(t, os.WriteFile(path, body, 0o600))
		rows, err := walk(t, kind, path)
		if err != nil {
			require.NotEqual(t, apperr.Internal, apperr.CodeOf(err), "%v", err)
			return
		}
		n, err := roster.Count(kind, path)
		if rows == 0 {
			require.Equal(t, roster.CodeEmpty, apperr.CodeOf(err))
			return
		}
		require.NoError(t, err)
		require.Equal(t, rows, n)
	})
}

func walk(t *testing.T, kind roster.Kind, path string) (rows int, err error) {
	t.Helper()
	s, err := roster.Open(kind, path)
	if err != nil {
		return 0, err
	}
	defer func() { require.NoError(t, s.Close()) }()
	for last := 0; ; rows++ {
		row, err := s.Next()
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return rows, err
		}
		require.Greater(t, row.N, last)
		last = row.N
	}
}
