package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/cli"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

func newSigner(t *testing.T) *notary.Signer {
	t.Helper()
	seed, err := notary.Generate()
	require.NoError(t, err)
	by, err := notary.ParseSigner(seed)
	require.NoError(t, err)
	return by
}

// verified runs the command, and returns its exit code and what it printed.
func verified(t *testing.T, p cli.Proofs, args ...string) (code int, out string) {
	t.Helper()
	p.Heads = func(context.Context) ([]models.KeptHead, error) { return nil, nil }
	root := &cobra.Command{Use: "tool"}
	root.AddCommand(cli.Verify(func(context.Context) (cli.Proofs, func(), error) { return p, func() {}, nil }))
	var said bytes.Buffer
	code = cli.Main(t.Context(), root, append([]string{"verify"}, args...), &said, io.Discard)
	return code, said.String()
}

// The command is silent about what is sound, names what is not, and says which by its exit
// code.
func TestVerifyCommand(t *testing.T) {
	t.Parallel()
	w, by := lifecycle.New(t), newSigner(t)
	require.NoError(t, w.Store.BeginAudit(t.Context(), by))
	c, _ := w.Open(t)
	_, err := w.Store.SealAudit(t.Context(), by, 0)
	require.NoError(t, err)
	keys, err := notary.ParseKeys([]string{by.Public()})
	require.NoError(t, err)
	p := cli.Proofs{Store: w.Store, Keys: keys}

	code, out := verified(t, p)
	require.Equal(t, cli.OK, code, out)
	require.Contains(t, out, "发现 0 处改动")
	code, _ = verified(t, p, "--format", "xml")
	require.Equal(t, cli.Usage, code)

	file := filepath.Join(t.TempDir(), "case.zip")
	f, err := os.Create(file)
	require.NoError(t, err)
	head, err := w.Store.MakeHead(t.Context(), "2026-03-02", "", by)
	require.NoError(t, err)
	require.NoError(t, w.Store.WriteCasePackage(t.Context(), f, c.ID, &head))
	require.NoError(t, f.Close())
	code, out = verified(t, cli.Proofs{}, "--package", file, "--keys", by.Public())
	require.Equal(t, cli.OK, code, out)
	code, out = verified(t, cli.Proofs{}, "--package", file, "--keys", newSigner(t).Public())
	require.Equal(t, cli.Failure, code)
	require.Contains(t, out, string(models.TamperKey))
	code, _ = verified(t, cli.Proofs{}, "--package", file)
	require.Equal(t, cli.Usage, code, "without keys nothing is proved")
	code, _ = verified(t, cli.Proofs{}, "--package", file+".none", "--keys", by.Public())
	require.Equal(t, cli.Failure, code)

	require.NoError(t, w.DB.Exec("UPDATE users SET name = '别人' WHERE id = ?", w.Admin.UserID).Error)
	code, out = verified(t, p, "--format", "json")
	require.Equal(t, cli.Failure, code)
	var report models.VerifyReport
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	require.Len(t, report.Findings, 1)
	require.Equal(t, "users", report.Findings[0].Table)
	require.Equal(t, w.Admin.UserID, report.Findings[0].Row)
	require.NotEmpty(t, report.Findings[0].Advice)
}
