package ports

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// A port that was found stays its finder's: nobody is given it a second time, and no
// outgoing connection gets it, which takes one from 32768 on.
func TestFreePortsStayFree(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		addr, err := Free(t.Context(), "127.0.0.1")
		require.NoError(t, err)
		require.False(t, seen[addr])
		seen[addr] = true
		_, port, err := net.SplitHostPort(addr)
		require.NoError(t, err)
		n, err := strconv.Atoi(port)
		require.NoError(t, err)
		require.Less(t, n, 1<<15)
		_, err = Try(t.Context(), addr)
		require.NoError(t, err)
	}
}

func TestNoPortOfAnotherMachine(t *testing.T) {
	t.Parallel()
	_, err := Free(t.Context(), "192.0.2.1")
	require.Error(t, err)
}
