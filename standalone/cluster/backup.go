package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Backup writes what docs/operations.md says to keep: the product's database and the
// engine's in one consistent dump, and then the objects. Objects are only ever added, so
// that every version the dump names is among those copied after it.
func (c *Cluster) Backup(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := c.MySQL.Dump(ctx, filepath.Join(dir, "mysql.sql"), database, "temporal", "temporal_visibility"); err != nil {
		return err
	}
	return copyTree(ctx, c.objectsDir(), filepath.Join(dir, "objects"))
}

// Destroy ends every part at once and deletes all data.
func (c *Cluster) Destroy() error {
	for _, p := range c.Parts() {
		if err := p.Kill(); err != nil {
			return err
		}
	}
	if err := c.MySQL.Remove(); err != nil {
		return err
	}
	return os.RemoveAll(c.objectsDir())
}

// Restore brings everything back from a backup and starts it.
func (c *Cluster) Restore(ctx context.Context, dir string) error {
	if err := copyTree(ctx, filepath.Join(dir, "objects"), c.objectsDir()); err != nil {
		return err
	}
	if err := c.MySQL.Start(ctx); err != nil {
		return err
	}
	if err := c.MySQL.Load(ctx, filepath.Join(dir, "mysql.sql")); err != nil {
		return err
	}
	for _, p := range c.Parts()[1:] {
		if err := p.Start(ctx); err != nil {
			return err
		}
	}
	return c.Ready(ctx)
}

// LoseEngine destroys the engine's databases alone and gives it empty ones.
func (c *Cluster) LoseEngine(ctx context.Context) error {
	if err := c.Temporal.Kill(); err != nil {
		return err
	}
	if err := c.MySQL.Exec(ctx, "DROP DATABASE temporal; DROP DATABASE temporal_visibility;"); err != nil {
		return err
	}
	if err := c.engineSchema(ctx); err != nil {
		return err
	}
	if err := c.Temporal.Start(ctx); err != nil {
		return err
	}
	for _, args := range [][]string{{"engine", "setup"}, {"promote"}} {
		if _, err := c.Command(ctx, args...); err != nil {
			return err
		}
	}
	return c.Ready(ctx)
}

func copyTree(ctx context.Context, from, to string) error {
	if out, err := exec.CommandContext(ctx, "cp", "-a", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("copy %s: %w\n%s", from, err, out)
	}
	return nil
}
