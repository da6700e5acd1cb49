package check

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
	"socklab/host/trace"
)

// late is a socket whose bytes have not been acknowledged.
type late struct{ sock.SocketLayer }

func (late) Info() sock.Info { return sock.Info{State: "ESTABLISHED", Out: 4} }

// connection is a trial with a guest that is connected to a peer.
func connection(t *testing.T) (*trial, *guest, *conn, *watched) {
	t.Helper()
	k := kernel.New()
	l, errno := k.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, errno)
	t.Cleanup(func() { l.Close() })
	require.Equal(t, abi.OK, l.Bind(loopback(0)))
	require.Equal(t, abi.OK, l.Listen(2))
	to, _ := l.LocalAddr()
	w := &watch{StackLayer: sock.StackLayer{Stack: k}, changed: func() {}}
	s, errno := w.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, errno)
	t.Cleanup(func() { s.Close() })
	require.Equal(t, abi.OK, s.Connect(t.Context(), to))
	other, _, errno := l.Accept(t.Context())
	require.Equal(t, abi.OK, errno)
	t.Cleanup(func() { other.Close() })
	x := newTrial(t.Context(), &run{script: &Script{}}, &checkDef{})
	g := &guest{t: x, name: "server", watch: w}
	x.guests = []*guest{g}
	return x, g, x.newConn("client", other, 0), s.(*watched)
}

// A guest whose answer has not arrived yet does not stand still.
func TestBytesAreUnderWayUntilTheyArrive(t *testing.T) {
	x, g, p, s := connection(t)
	require.False(t, x.underWay(g))
	s.SocketLayer.Socket = late{sock.SocketLayer{Socket: s.SocketLayer.Socket}}
	require.True(t, x.underWay(g))
	_, errno := s.Send(t.Context(), []byte("EXIT"), 0, abi.Sockaddr{})
	require.Equal(t, abi.OK, errno)
	require.Eventually(t, func() bool { return !x.underWay(g) }, 5*time.Second, time.Millisecond, "it waits to be read")
	p.out.Add(1)
	require.True(t, x.underWay(g))
}

// deaf is a socket that the end of the stream has not reached.
type deaf struct{ sock.SocketLayer }

func (deaf) Info() sock.Info { return sock.Info{State: "ESTABLISHED"} }

// Nor does one that has yet to hear that the other has hung up, or to be heard.
func TestAHangUpIsUnderWayUntilItArrives(t *testing.T) {
	for _, who := range []string{"guest", "peer"} {
		x, g, p, s := connection(t)
		require.False(t, x.underWay(g))
		if who == "guest" {
			require.Equal(t, abi.OK, s.Shutdown(abi.SHUT_WR))
			require.Eventually(t, func() bool { return !x.underWay(g) }, 5*time.Second, time.Millisecond)
			p.s = deaf{sock.SocketLayer{Socket: p.s}}
		} else {
			p.halfClose()
			require.Eventually(t, func() bool { return !x.underWay(g) }, 5*time.Second, time.Millisecond)
			s.SocketLayer.Socket = deaf{sock.SocketLayer{Socket: s.SocketLayer.Socket}}
		}
		require.True(t, x.underWay(g), who)
	}
}

// Time that passes on a machine too busy for the lab is no standstill: what is
// waited for must have been tried in it, again and again.
func TestStandingStillIsSeenAndNotMeasured(t *testing.T) {
	w := &watch{StackLayer: sock.StackLayer{Stack: kernel.New()}, changed: func() {}}
	l, errno := w.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, errno)
	defer l.Close()
	l.(*watched).inside.Add(1) // as if in accept
	synctest.Test(t, func(t *testing.T) {
		x := newTrial(t.Context(), &run{script: &Script{}, o: Options{Patience: 1}}, &checkDef{})
		x.idle = x.actors
		g := &guest{t: x, name: "server", watch: w, last: &still{activity: trace.Activity{Waits: &trace.Entry{Call: trace.Call{Name: "accept", Sock: 1}}}}}
		x.guests = []*guest{g}
		require.Equal(t, waiting, x.posture(g))

		look := x.watchdog(wait{what: "waiting for bytes", guest: g})
		for range 3 {
			s, _ := look()
			require.Equal(t, stateMoving, s)
			time.Sleep(time.Minute)
		}
		began, state := time.Now(), stateMoving
		for state == stateMoving && time.Since(began) < time.Minute {
			time.Sleep(tick)
			state, _ = look()
		}
		require.Equal(t, stateStuck, state)
	})
}
