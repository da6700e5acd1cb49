package kernel

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

func TestPoller(t *testing.T) {
	a, b := pair(t)
	p, err := NewPoller()
	require.NoError(t, err)
	defer p.Close()
	items := []sock.PollItem{{Source: a.Source(), Want: sock.Readable}, {Source: b.Source(), Want: sock.Readable}}
	n, e := p.Wait(context.Background(), items, 0)
	require.Equal(t, abi.OK, e)
	require.Zero(t, n)
	go func() { b.Send(context.Background(), []byte("x"), 0, abi.Sockaddr{}) }()
	n, e = p.Wait(context.Background(), items, -1)
	require.Equal(t, abi.OK, e)
	require.Equal(t, 1, n)
	require.Equal(t, sock.Readable, items[0].Ready)
	a.Recv(context.Background(), make([]byte, 9), 0)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, e = p.Wait(ctx, items, -1)
	require.Equal(t, abi.EINTR, e)
	go b.Close()
	n, e = p.Wait(context.Background(), items[1:], -1)
	require.Equal(t, sock.Error|sock.Hangup, items[1].Ready)
}
