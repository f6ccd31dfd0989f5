package worker

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// A worker that the engine refuses for good ends with the reason, to be started again; one
// that is told to stop ends without.
func TestARefusedWorkerEnds(t *testing.T) {
	t.Parallel()
	gone := errors.New("namespace is gone")
	ctx, refused := refusable(t.Context())
	require.NoError(t, refusal(ctx))
	refused(gone)
	<-ctx.Done()
	require.ErrorIs(t, refusal(ctx), errRefused)
	require.ErrorIs(t, refusal(ctx), gone)

	parent, stop := context.WithCancel(t.Context())
	ctx, refused = refusable(parent)
	stop()
	refused(gone)
	require.NoError(t, refusal(ctx))
}
