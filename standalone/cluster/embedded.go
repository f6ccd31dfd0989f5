package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Embedded is the edition that is one process.
type Embedded struct {
	URL      string
	Founders string // what the first start says about the first accounts
	process  *process
}

// StartEmbedded builds and starts it on an empty folder.
func StartEmbedded(ctx context.Context, root, dir string) (*Embedded, error) {
	bin := filepath.Join(root, ".cache", "cluster", "zhengxiao-standalone")
	if err := build(ctx, filepath.Join(root, "standalone"), bin, "."); err != nil {
		return nil, err
	}
	addr, err := free(ctx)
	if err != nil {
		return nil, err
	}
	e := &Embedded{URL: "http://" + addr}
	e.process = &process{
		name: "standalone", bin: bin, args: []string{"--data", filepath.Join(dir, "data"), "--addr", addr}, log: filepath.Join(dir, "standalone.log"),
		ready: func(ctx context.Context) error { return answers(ctx, e.URL+"/readyz") },
	}
	if err := e.process.Start(ctx); err != nil {
		return nil, err
	}
	said, err := os.ReadFile(e.process.log)
	if err != nil {
		return nil, fmt.Errorf("read the first password: %w", err)
	}
	e.Founders = string(said)
	return e, nil
}

// Stop shuts it down.
func (e *Embedded) Stop(ctx context.Context) error { return e.process.Stop(ctx) }
