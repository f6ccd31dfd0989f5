package roster_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/roster"
)

// Any file is read to its end or refused.
func FuzzSheet(f *testing.F) {
	f.Add([]byte("代码,名称,层级,上级代码\n1,一小,学校,2\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\"a\n,b\xff"))
	f.Fuzz(func(t *testing.T, body []byte) {
		path := filepath.Join(t.TempDir(), "sheet")
		require.NoError(t, os.WriteFile(path, body, 0o600))
		s, err := roster.Open(roster.Orgs, path)
		if err != nil {
			return
		}
		defer func() { _ = s.Close() }()
		for n := 0; ; n++ {
			row, err := s.Next()
			if err != nil {
				if errors.Is(err, io.EOF) {
					require.LessOrEqual(t, n, len(body)+1)
				}
				return
			}
			require.Positive(t, row.N)
		}
	})
}
