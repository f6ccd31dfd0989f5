package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Programs are the files of the programs that a cluster runs.
type Programs struct{ Zhengxiao, Temporal, TemporalSQL, MinIO string }

// Build builds them from the checkout at root, the servers from the modules that the
// checkout pins.
func Build(ctx context.Context, root, dir string) (Programs, error) {
	p := Programs{
		Zhengxiao: filepath.Join(dir, "zhengxiao"), Temporal: filepath.Join(dir, "temporal-server"),
		TemporalSQL: filepath.Join(dir, "temporal-sql-tool"), MinIO: filepath.Join(dir, "minio"),
	}
	for _, b := range []struct{ out, module, what string }{
		{p.Zhengxiao, ".", "./cmd/zhengxiao"},
		{p.Temporal, "standalone", "go.temporal.io/server/cmd/server"},
		{p.TemporalSQL, "standalone", "go.temporal.io/server/cmd/tools/sql"},
		{p.MinIO, "tools/minio", "github.com/minio/minio"},
	} {
		if err := build(ctx, filepath.Join(root, b.module), b.out, b.what); err != nil {
			return p, err
		}
	}
	return p, nil
}

// BuildWith builds the product with another text for one of its files.
func BuildWith(ctx context.Context, root, out, file, text string) error {
	replaced := out + ".go"
	if err := os.WriteFile(replaced, []byte(text), 0o600); err != nil {
		return fmt.Errorf("build another version: %w", err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, file): replaced}})
	if err != nil {
		return fmt.Errorf("build another version: %w", err)
	}
	if err := os.WriteFile(out+".json", overlay, 0o600); err != nil {
		return fmt.Errorf("build another version: %w", err)
	}
	return build(ctx, root, out, "./cmd/zhengxiao", "-overlay", out+".json")
}

// build makes one program; more flags go before what is built.
func build(ctx context.Context, module, out, what string, flags ...string) error {
	args := append([]string{"build", "-o", out}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, what)...)
	cmd.Dir = module
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", what, err, said)
	}
	return nil
}
