package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes what docs/operations.md says to keep, while everything runs: the product's
// database and the engine's in one consistent dump, and then the files.
func (c *Cluster) Backup(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := c.MySQL.Dump(ctx, filepath.Join(dir, "mysql.sql"), database, "temporal", "temporal_visibility"); err != nil {
		return err
	}
	_, err := c.Command(ctx, "files", "export", filepath.Join(dir, "files"))
	return err
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

// Restore brings everything back from a backup, on empty servers, and starts it.
func (c *Cluster) Restore(ctx context.Context, dir string) error {
	if err := c.MySQL.Start(ctx); err != nil {
		return err
	}
	if err := c.MySQL.Load(ctx, filepath.Join(dir, "mysql.sql")); err != nil {
		return err
	}
	if _, err := c.migrate(ctx); err != nil { // a dump has no accounts
		return err
	}
	if err := c.Objects.Start(ctx); err != nil {
		return err
	}
	if err := c.prepareObjects(ctx); err != nil {
		return err
	}
	if _, err := c.asStoreRoot(ctx, "files", "import", filepath.Join(dir, "files")); err != nil {
		return err
	}
	for _, p := range c.Parts() {
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
