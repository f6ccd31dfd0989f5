package wire_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/testkit/wire"
)

// echo is a server that says its name and then whatever it is told, until its client has
// said everything.
func echo(t *testing.T, name string) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.WriteString(c, name)
				_, _ = io.Copy(c, c)
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, w *wire.Wire) *net.TCPConn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", w.Addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn)
}

func hears(t *testing.T, c io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	_, err := io.ReadFull(c, got)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

func says(t *testing.T, c io.Writer, text string) {
	t.Helper()
	_, err := io.WriteString(c, text)
	require.NoError(t, err)
}

func broken(t *testing.T, c io.Reader) {
	t.Helper()
	_, err := c.Read(make([]byte, 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, io.EOF, "a line that breaks says no goodbye")
}

func TestCutLinesBreakUntilMended(t *testing.T) {
	t.Parallel()
	w := wire.New(t, echo(t, "a"))
	old := dial(t, w)
	hears(t, old, "a")
	w.Cut()
	broken(t, old)
	if c, err := new(net.Dialer).DialContext(t.Context(), "tcp", w.Addr); err == nil {
		broken(t, c)
	}
	w.Mend()
	hears(t, dial(t, w), "a")
}

func TestFrozenLinesGoOnWhereTheyWere(t *testing.T) {
	t.Parallel()
	w := wire.New(t, echo(t, "a"))
	c := dial(t, w)
	hears(t, c, "a")
	w.Freeze()
	says(t, c, "one")
	late := dial(t, w)
	w.Freeze() // once more changes nothing
	for _, silent := range []net.Conn{c, late} {
		require.NoError(t, silent.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
		_, err := silent.Read(make([]byte, 1))
		require.ErrorContains(t, err, "timeout")
		require.NoError(t, silent.SetReadDeadline(time.Time{}))
	}
	w.Mend()
	hears(t, c, "one")
	hears(t, late, "a")
}

func TestWhoHasSaidEverythingStillHearsTheAnswer(t *testing.T) {
	t.Parallel()
	c := dial(t, wire.New(t, echo(t, "a")))
	says(t, c, "last words")
	require.NoError(t, c.CloseWrite())
	all, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Equal(t, "alast words", string(all))
}

func TestConnectionsGoRoundTheServersThatAnswer(t *testing.T) {
	t.Parallel()
	a, b := echo(t, "a"), echo(t, "b")
	w, err := wire.Open(t.Context(), func() []string { return []string{a, "127.0.0.1:1", b} })
	require.NoError(t, err)
	for _, name := range []string{"a", "b", "b", "a"} {
		hears(t, dial(t, w), name)
	}
	require.Equal(t, map[string]int{a: 2, b: 2}, w.Opened())
}

func TestALineBreaksAtAWord(t *testing.T) {
	t.Parallel()
	w := wire.New(t, echo(t, ""))
	for _, arrives := range []bool{false, true} {
		w.BreakAt("stop", arrives)
		c := dial(t, w)
		says(t, c, "go")
		hears(t, c, "go")
		says(t, c, "stop")
		broken(t, c)
	}
	require.Equal(t, 2, w.Broken())
}

func TestLinesBreakEachTimeSoManyBytesHaveGone(t *testing.T) {
	t.Parallel()
	w := wire.New(t, echo(t, ""))
	w.BreakEvery(6, 2)
	for range 2 {
		c := dial(t, w)
		for range 2 {
			says(t, c, "12")
			hears(t, c, "12")
		}
		says(t, c, "12")
		for {
			if _, err := c.Read(make([]byte, 2)); err != nil {
				require.NotErrorIs(t, err, io.EOF)
				break
			}
		}
	}
	c := dial(t, w)
	for range 4 {
		says(t, c, "12")
		hears(t, c, "12")
	}
	require.Equal(t, 2, w.Broken())
}
