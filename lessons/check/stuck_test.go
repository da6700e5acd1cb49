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

// A guest whose answer has not arrived yet does not stand still.
func TestBytesAreUnderWayUntilTheyArrive(t *testing.T) {
	k := kernel.New()
	l, errno := k.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, errno)
	defer l.Close()
	require.Equal(t, abi.OK, l.Bind(loopback(0)))
	require.Equal(t, abi.OK, l.Listen(2))
	to, _ := l.LocalAddr()
	w := &watch{StackLayer: sock.StackLayer{Stack: k}, changed: func() {}}
	s, errno := w.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, errno)
	defer s.Close()
	require.Equal(t, abi.OK, s.Connect(t.Context(), to))
	other, _, errno := l.Accept(t.Context())
	require.Equal(t, abi.OK, errno)
	defer other.Close()

	x := newTrial(t.Context(), &run{script: &Script{}}, &checkDef{})
	g := &guest{t: x, name: "server", watch: w}
	x.guests = []*guest{g}
	p := x.newConn("client", other, 0)
	require.False(t, x.underWay(g))
	s.(*watched).SocketLayer.Socket = late{sock.SocketLayer{Socket: s.(*watched).SocketLayer.Socket}}
	require.True(t, x.underWay(g))
	_, errno = s.Send(t.Context(), []byte("EXIT"), 0, abi.Sockaddr{})
	require.Equal(t, abi.OK, errno)
	require.Eventually(t, func() bool { return !x.underWay(g) }, 5*time.Second, time.Millisecond, "it waits to be read")
	p.out.Add(1)
	require.True(t, x.underWay(g))
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
