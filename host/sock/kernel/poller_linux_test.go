package kernel

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

// A guest that lives long sees many sockets come and go.
func TestPollerForgetsWhatIsGone(t *testing.T) {
	np, err := NewPoller()
	require.NoError(t, err)
	defer np.Close()
	p := np.(*Poller)
	k := New()
	for range 1000 {
		s, err := k.Socket(abi.AF_INET, abi.SOCK_DGRAM, 0)
		check(t, err)
		n, err := p.Wait(context.Background(), []sock.PollItem{{Source: s.Source(), Want: sock.Writable}}, -1)
		check(t, err)
		require.Equal(t, 1, n)
		check(t, s.Close())
	}
	require.Less(t, len(p.regs), 100)
	require.Less(t, len(p.slots), 100)
}

// What was asked for once and is ready must not wake a Wait for other things
// again and again.
func TestPollerTakesOffWhatNobodyAsksFor(t *testing.T) {
	np, err := NewPoller()
	require.NoError(t, err)
	defer np.Close()
	p := np.(*Poller)
	client, server := pair(t)
	writable := []sock.PollItem{{Source: client.Source(), Want: sock.Writable}}
	readable := []sock.PollItem{{Source: server.Source(), Want: sock.Readable}}
	_, errno := p.Wait(context.Background(), writable, -1)
	check(t, errno)
	r := p.regs[client.Source().(*descriptor)]
	require.True(t, r.armed)
	_, errno = p.Wait(context.Background(), readable, 0)
	check(t, errno)
	require.False(t, r.armed)
	_, errno = p.Wait(context.Background(), writable, -1)
	check(t, errno)
	require.Equal(t, sock.Writable, writable[0].Ready)

	// And only then: an idle one costs nothing to keep.
	idle := p.regs[server.Source().(*descriptor)]
	require.True(t, idle.armed)
	require.False(t, idle.asked)
}

// Sources of another kind are no reason to panic.
func TestPollerAnswersForForeignSources(t *testing.T) {
	p, err := NewPoller()
	require.NoError(t, err)
	defer p.Close()
	items := []sock.PollItem{{Source: nil, Want: sock.Readable}, {Source: foreign{}, Want: sock.Readable}}
	n, errno := p.Wait(context.Background(), items, -1)
	check(t, errno)
	require.Equal(t, 2, n)
	require.Equal(t, sock.Error|sock.Hangup, items[0].Ready)
}

type foreign struct{}

func (foreign) Pollable() {}
