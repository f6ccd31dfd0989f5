package worker

import (
	"context"
	"fmt"
	"time"

	"zhengxiao/internal/intake"
	"zhengxiao/models"
)

const (
	// uploadReaders is how many large uploads a worker reads at once: more would only share
	// the store's line.
	uploadReaders = 2
	// uploadPoll is how soon is looked again when none waits.
	uploadPoll = time.Second
)

// CheckUploads reads large uploads that were handed in, one after the other, until ctx is
// done. Run does it too.
func CheckUploads(ctx context.Context, d Deps) {
	checker := intake.Checker{Store: d.Store, Files: d.Evidence, LimitAttempts: d.LimitAttempts}
	for {
		found, err := checker.Next(ctx)
		if err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "check upload", "error", err)
		}
		if found && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(uploadPoll):
		}
	}
}

// tidyUploads gives up uploads that took too long, and what the store still has of uploads
// that nobody knows any more.
func tidyUploads(ctx context.Context, d Deps) error {
	if err := (intake.Checker{Store: d.Store, Files: d.Evidence}).Tidy(ctx); err != nil {
		return fmt.Errorf("tidy uploads: %w", err)
	}
	// A day later than any upload that is known could still be handed in.
	if _, err := d.Evidence.AbortOlder(ctx, d.Store.Now().Add(-models.UploadLife-24*time.Hour)); err != nil {
		return fmt.Errorf("tidy uploads: %w", err)
	}
	return nil
}
