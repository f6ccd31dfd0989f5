package clamav

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// Only one answer lets a file through, and answers end where clamd ends them, however they
// arrive.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		"stream: OK\x00", "stream: Eicar-Test-Signature FOUND\x00", "stream: OK", "\x00stream: OK\x00", "stream: OK FOUND\x00", "stream: ok\x00",
		"INSTREAM size limit exceeded. ERROR\x00", "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\x00", "stream: OK\n\x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		var whole, pieces answer
		err := whole.read(strings.NewReader(said))
		errPieces := pieces.read(iotest.OneByteReader(strings.NewReader(said)))
		require.LessOrEqual(t, whole.Len(), 2*maxAnswer)
		if err != nil || errPieces != nil {
			return
		}
		require.Equal(t, pieces.String(), whole.String())
		verdict := judge(whole.String())
		require.Equal(t, strings.HasPrefix(said, "stream: OK\x00"), verdict == nil)
		require.Equal(t, verdict == nil, outcomeOf(verdict) == OutcomeClean)
	})
}
