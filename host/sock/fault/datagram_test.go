package fault

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

func sendAll(t *testing.T, s sock.Socket, texts ...string) {
	t.Helper()
	for _, text := range texts {
		require.Equal(t, len(text), send(t, s, text))
	}
}

func gotAll(t *testing.T, s sock.Socket, texts ...string) {
	t.Helper()
	for _, text := range texts {
		got(t, s, text)
	}
	s.SetNonblock(true)
	_, err := recv(t, s, 0)
	require.Equal(t, abi.EAGAIN, err, "that is all")
}

func TestDatagramsOnTheirWayOut(t *testing.T) {
	for _, c := range []struct {
		effect Effect
		want   []string
	}{
		{Drop, []string{"1", "3"}},
		{Dup, []string{"1", "2", "2", "3"}},
		{Reorder, []string{"1", "3", "2"}},
	} {
		guest, peer := packets(t, Datagram{Effect: c.effect, Call: "send", Which: Nth(2)})
		sendAll(t, guest, "1")
		require.Empty(t, injected(guest))
		sendAll(t, guest, "2")
		require.Contains(t, injected(guest), string(c.effect)+"=send:2: UDP")
		sendAll(t, guest, "3")
		gotAll(t, peer, c.want...)
	}
}

func TestDatagramsOnTheirWayIn(t *testing.T) {
	for _, waits := range []bool{true, false} {
		for _, c := range []struct {
			effect Effect
			want   []string
		}{
			{Drop, []string{"1", "3"}},
			{Dup, []string{"1", "2", "2", "3"}},
			{Reorder, []string{"1", "3", "2"}},
		} {
			guest, peer := packets(t, Datagram{Effect: c.effect, Call: "recv", Which: Nth(2)})
			sendAll(t, peer, "1", "2", "3")
			guest.SetNonblock(!waits)
			marked := 0
			for _, text := range c.want {
				if waits {
					waitFor(t, guest, 1)
				} else {
					require.Equal(t, sock.Readable, poll(t, guest, sock.Readable, 5*time.Second)&sock.Readable)
				}
				n, err := guest.Pending()
				require.Equal(t, abi.OK, err)
				require.Equal(t, 1, n)
				peeked, err := recv(t, guest, abi.MSG_PEEK)
				require.Equal(t, abi.OK, err)
				require.Equal(t, text, peeked)
				if injected(guest) != "" {
					marked++
				}
				got(t, guest, text)
				if injected(guest) != "" {
					marked++
				}
			}
			require.NotZero(t, marked, c.effect)
			require.Zero(t, poll(t, guest, sock.Readable, 5*time.Millisecond))
			gotAll(t, guest)
		}
	}
}

func TestLateDatagrams(t *testing.T) {
	const d = 50 * time.Millisecond
	for _, call := range []string{"recv", "send"} {
		for _, waits := range []bool{true, false} {
			guest, peer := packets(t, Datagram{Effect: Late, Call: call, Which: Nth(1), For: d})
			from, to := peer, guest
			if call == "send" {
				from, to = guest, peer
			}
			began := time.Now()
			sendAll(t, from, "1", "2")
			got(t, to, "2")
			if guest == to && !waits {
				to.SetNonblock(true)
				require.NotZero(t, poll(t, to, sock.Readable, 5*time.Second))
			}
			got(t, to, "1")
			require.GreaterOrEqual(t, time.Since(began), d)
		}
	}
}

func TestADatagramThatNobodyOvertakesComesInTheEnd(t *testing.T) {
	for _, call := range []string{"recv", "send"} {
		guest, peer := packets(t, Datagram{Effect: Reorder, Call: call})
		if call == "recv" {
			sendAll(t, peer, "only")
			got(t, guest, "only")
		} else {
			sendAll(t, guest, "only")
			got(t, peer, "only")
		}
	}
}

func TestHeldDatagramsKeepTheirSizeAndSender(t *testing.T) {
	guest, at := bound(t, newFault(t, Datagram{Effect: Dup, Call: "recv"}), abi.SOCK_DGRAM)
	peer, from := bound(t, native, abi.SOCK_DGRAM)
	_, err := peer.Send(ctx(t), []byte("0123456789"), 0, at)
	require.Equal(t, abi.OK, err)
	for flags, want := range map[abi.MsgFlags]int{0: 4, abi.MSG_TRUNC: 10} {
		b := make([]byte, 4)
		n, sender, out, err := guest.Recv(ctx(t), b, flags)
		require.Equal(t, abi.OK, err)
		require.Equal(t, want, n)
		require.Equal(t, abi.MSG_TRUNC, out)
		require.Equal(t, from, sender)
		require.Equal(t, "0123", string(b))
	}
	n, err := peer.Send(ctx(t), nil, 0, at)
	require.Equal(t, abi.OK, err)
	require.Zero(t, n)
	text, err := recv(t, guest, 0)
	require.Equal(t, abi.OK, err)
	require.Empty(t, text)
}

func TestATooLongDatagramIsNotLostButRefused(t *testing.T) {
	guest, _ := packets(t, Datagram{Effect: Drop, Call: "send"})
	_, err := guest.Send(ctx(t), make([]byte, 65508), 0, abi.Sockaddr{})
	require.Equal(t, abi.EMSGSIZE, err)
}

func TestDatagramErrorsComeThrough(t *testing.T) {
	guest, at := bound(t, newFault(t, Datagram{Effect: Dup, Call: "recv", Which: Nth(9)}), abi.SOCK_DGRAM)
	gone, closed := bound(t, native, abi.SOCK_DGRAM)
	gone.Close()
	require.Equal(t, abi.OK, guest.Connect(ctx(t), closed))
	for range 2 {
		send(t, guest, "x")
		require.NotZero(t, poll(t, guest, sock.Readable, 5*time.Second))
		_, err := recv(t, guest, 0)
		require.Equal(t, abi.ECONNREFUSED, err)
	}
	_ = at
	guest.SetOption(optRcvTimeo, timeval(10*time.Millisecond))
	_, err := recv(t, guest, 0)
	require.Equal(t, abi.EAGAIN, err)
}

func TestWhatIsHeldIsBounded(t *testing.T) {
	guest, peer := packets(t, Datagram{Effect: Late, Call: "recv", For: time.Minute})
	m := guest.(*socket).mail
	for range 2*mailMax/64 + 1 {
		for range 64 { // fewer than the kernel's buffer loses
			send(t, peer, "x")
		}
		guest.(sock.Gate).Gate(sock.Readable)
	}
	require.Len(t, m.waiting, mailMax)

	for effect, held := range map[Effect]func(*mail) int{
		Late:    func(m *mail) int { return m.late },
		Reorder: func(m *mail) int { return len(m.behind) },
	} {
		r := Datagram{Effect: effect, Call: "send"}
		if effect == Late {
			r.For = time.Minute
		}
		guest, _ := packets(t, r)
		for range 2 * mailMax {
			send(t, guest, "x")
		}
		m := guest.(*socket).mail
		m.mu.Lock()
		require.LessOrEqual(t, held(m), mailMax)
		m.mu.Unlock()
	}
}

func TestLossByChanceComesFromTheSeed(t *testing.T) {
	lost := func(seed uint64) (n int) {
		f, err := New(native, seed, Datagram{Effect: Drop, Call: "send", Which: Which{Percent: 30}})
		require.NoError(t, err)
		s, e := f.Socket(abi.AF_INET, abi.SOCK_DGRAM, 0)
		require.Equal(t, abi.OK, e)
		defer s.Close()
		_, at := bound(t, native, abi.SOCK_DGRAM)
		require.Equal(t, abi.OK, s.Connect(ctx(t), at))
		for i := range 60 {
			send(t, s, "x")
			if injected(s) != "" {
				n += i + 1
			}
		}
		return n
	}
	require.Equal(t, lost(1), lost(1))
	require.NotEqual(t, lost(1), lost(2))
	require.NotZero(t, lost(3))
}
