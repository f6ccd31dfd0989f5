package netaddr

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
	seen := map[int]bool{}
	for range 200 {
		port, err := Free(t.Context(), "127.0.0.1")
		require.NoError(t, err)
		require.Less(t, port, 1<<15)
		require.False(t, seen[port])
		seen[port] = true
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		require.NoError(t, err)
		require.NoError(t, l.Close())
	}
}

func TestNoPortOfAnotherMachine(t *testing.T) {
	t.Parallel()
	_, err := Free(t.Context(), "192.0.2.1")
	require.Error(t, err)
}
