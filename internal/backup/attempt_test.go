package backup

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

func TestAnAttemptLastsAsLongAsBytesMove(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := new(pass).again(t.Context(), func(ctx context.Context, moved io.Writer) error {
			for range 1000 {
				select {
				case <-time.After(29 * time.Second):
				case <-ctx.Done():
					return ctx.Err()
				}
				_, _ = moved.Write([]byte{0})
			}
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, 29_000*time.Second, time.Since(began))
	})
}

func TestAnAttemptEndsWhenNoByteMoves(t *testing.T) {
	t.Parallel()
	silent := func(ctx context.Context, moved io.Writer) error {
		_, _ = moved.Write([]byte("the first words"))
		<-ctx.Done()
		return ctx.Err()
	}
	synctest.Test(t, func(t *testing.T) {
		began, n := time.Now(), 0
		err := new(pass).again(t.Context(), func(ctx context.Context, moved io.Writer) error {
			if n++; n == 3 {
				return nil
			}
			return silent(ctx, moved)
		})
		require.NoError(t, err, "and the next one is made")
		require.Equal(t, 2*patience+3*firstWait, time.Since(began))
	})
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := new(pass).again(t.Context(), silent)
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
		require.Contains(t, apperr.MessageOf(err), "连续 30 秒没有应答")
		require.Equal(t, attempts*patience+31*time.Second, time.Since(began))
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, new(pass).again(ctx, silent), context.DeadlineExceeded, "being told to stop is no failure of the store")
	})
}
