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
