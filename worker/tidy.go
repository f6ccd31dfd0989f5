package worker

import (
	"context"
	"errors"
	"time"
)

// tidyEvery is how often expired logins, old rows of the feed and the sheets of old imports
// are removed, and new rows numbered even if no browser listens.
const tidyEvery = time.Minute

// tidy keeps the tables small that grow with time and not with cases, until ctx is done.
func tidy(ctx context.Context, d Deps) {
	t := time.NewTicker(tidyEvery)
	defer t.Stop()
	for {
		err := errors.Join(d.Store.TidyFeed(ctx), d.Store.PurgeSessions(ctx), d.Store.PurgeGuesses(ctx), d.Store.TidyImports(ctx),
			tidyUploads(ctx, d), d.Store.PurgeDeliveries(ctx), d.Store.PurgeTokens(ctx), d.Store.PrepareMonthly(ctx))
		if err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "tidy up", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// planCases gives cases from before there were plans theirs.
func planCases(ctx context.Context, d Deps) {
	if err := d.Store.PlanCases(ctx); err != nil && ctx.Err() == nil {
		d.Logger.WarnContext(ctx, "plan cases", "error", err)
	}
}
