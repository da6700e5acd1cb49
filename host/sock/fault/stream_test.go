package fault

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

// drain receives until the end, piece by piece.
func drain(t *testing.T, s sock.Socket) (pieces []string) {
	t.Helper()
	for {
		text, err := recv(t, s, 0)
		require.Equal(t, abi.OK, err)
		if text == "" {
			return pieces
		}
		pieces = append(pieces, text)
	}
}

func TestCap(t *testing.T) {
	for sizes, want := range map[string][]string{
		"3":   {"abc", "def", "gh"},
		"1,4": {"a", "bcde", "f", "gh"},
	} {
		parsed, err := parseSizes(sizes)
		require.NoError(t, err)
		guest, peer := pair(t, Cap{parsed})
		send(t, peer, "abcdefgh")
		peer.Shutdown(abi.SHUT_WR)
		waitFor(t, guest, 8)
		text, e := recv(t, guest, abi.MSG_PEEK)
		require.Equal(t, abi.OK, e)
		require.Equal(t, want[0], text, "a peek shows what the next receive returns")
		require.Equal(t, want, drain(t, guest))
	}
}

func TestCapLeavesOtherKindsAlone(t *testing.T) {
	f := newFault(t, Cap{Sizes{{1, 1}}}, Cut{[]int{2}}, SendCap{Sizes{{1, 1}}}, Glue{Messages: 9}, Reset{"recv", 1}, Stall{1})
	for _, typ := range []abi.Type{abi.SOCK_DGRAM, abi.SOCK_SEQPACKET} {
		a, b, err := f.SocketPair(abi.AF_UNIX, typ, 0)
		require.Equal(t, abi.OK, err)
		defer a.Close()
		defer b.Close()
		for range 2 {
			require.Equal(t, 5, send(t, a, "whole"))
			got(t, b, "whole")
		}
	}
}

func TestWaitAllIsNotCutShort(t *testing.T) {
	guest, peer := pair(t, Cap{Sizes{{1, 1}}}, Cut{[]int{2}})
	send(t, peer, "abcd")
	b := make([]byte, 4)
	n, _, _, err := guest.Recv(ctx(t), b, abi.MSG_WAITALL)
	require.Equal(t, abi.OK, err)
	require.Equal(t, 4, n)
}

func TestCutShowsEveryGapToASlowReader(t *testing.T) {
	guest, peer := pair(t, Cut{[]int{1, 4, 6}})
	send(t, peer, "abcdefgh")
	peer.Shutdown(abi.SHUT_WR)
	waitFor(t, guest, 8) // all of it is there before the first receive
	require.Equal(t, []string{"a", "bcd", "ef", "gh"}, drain(t, guest))
}

func TestCutAndCapTogether(t *testing.T) {
	guest, peer := pair(t, Cut{[]int{3}}, Cap{Sizes{{2, 2}}})
	send(t, peer, "abcdef")
	peer.Shutdown(abi.SHUT_WR)
	waitFor(t, guest, 6)
	require.Equal(t, []string{"ab", "c", "de", "f"}, drain(t, guest))
}

// waitFor waits until n bytes can be received.
func waitFor(t *testing.T, s sock.Socket, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		got, err := s.Pending()
		return err == abi.OK && got >= n
	}, 5*time.Second, time.Millisecond)
}

func TestBlockingReceiveReturnsWhatThereIs(t *testing.T) {
	guest, peer := pair(t, Cap{Sizes{{9, 9}}})
	done := make(chan string)
	go func() { text, _ := recv(t, guest, 0); done <- text }()
	send(t, peer, "a")
	require.Equal(t, "a", <-done)
}

func TestGlueCountsPieces(t *testing.T) {
	guest, peer := pair(t, Glue{Messages: 2, For: time.Minute})
	send(t, peer, "one")
	waitFor(t, guest, 3)
	_, err := recv(t, guest, abi.MSG_DONTWAIT)
	require.Equal(t, abi.EAGAIN, err)
	require.Contains(t, injected(guest), "glue=2")
	require.Zero(t, poll(t, guest, sock.Readable, 20*time.Millisecond), "held back from polls too")
	send(t, peer, "two")
	got(t, guest, "onetwo")
}

func TestGlueHoldsForATime(t *testing.T) {
	guest, peer := pair(t, Glue{For: 30 * time.Millisecond})
	send(t, peer, "one")
	began := time.Now()
	require.NotZero(t, poll(t, guest, sock.Readable, 5*time.Second))
	got(t, guest, "one")
	require.GreaterOrEqual(t, time.Since(began), 20*time.Millisecond)
}

func TestGlueEndsWithTheStream(t *testing.T) {
	for _, waits := range []bool{true, false} {
		guest, peer := pair(t, Glue{Messages: 5, For: time.Minute})
		guest.SetNonblock(!waits)
		send(t, peer, "one")
		peer.Shutdown(abi.SHUT_WR)
		if !waits {
			require.NotZero(t, poll(t, guest, sock.Readable, 5*time.Second))
		}
		require.Equal(t, []string{"one"}, drain(t, guest))
	}
}

func TestWhatComesDuringAPollIsTheRulesToHoldBack(t *testing.T) {
	guest, peer := pair(t, Glue{Messages: 2, For: time.Second})
	mailed, sender := packets(t, Datagram{Effect: Drop, Call: "recv", Which: Nth(1)})
	for to, from := range map[sock.Socket]sock.Socket{guest: peer, mailed: sender} {
		timer := time.AfterFunc(5*time.Millisecond, func() { from.Send(context.Background(), []byte("x"), 0, abi.Sockaddr{}) })
		require.Zero(t, poll(t, to, sock.Readable, 50*time.Millisecond))
		require.False(t, timer.Stop())
		send(t, from, "y")
		require.Equal(t, sock.Readable, poll(t, to, sock.Readable, 5*time.Second))
	}
}

func TestGlueDeliversWhatItReleasedInAnyPieces(t *testing.T) {
	guest, peer := pair(t, Glue{For: 20 * time.Millisecond})
	send(t, peer, "abcd")
	b := make([]byte, 2)
	for range 2 {
		n, _, _, err := guest.Recv(ctx(t), b, 0)
		require.Equal(t, abi.OK, err)
		require.Equal(t, 2, n)
	}
}

func TestGlueIsInterrupted(t *testing.T) {
	guest, peer := pair(t, Glue{For: time.Minute})
	send(t, peer, "x")
	require.Equal(t, abi.OK, guest.SetOption(optRcvTimeo, timeval(20*time.Millisecond)))
	_, err := recv(t, guest, 0)
	require.Equal(t, abi.EAGAIN, err, "SO_RCVTIMEO counts")
	guest.SetOption(optRcvTimeo, timeval(0))
	go guest.Close()
	_, err = recv(t, guest, 0)
	require.Equal(t, abi.EBADF, err)
}

func timeval(d time.Duration) []byte {
	b := make([]byte, 16)
	b[0] = byte(d / time.Second)
	us := int(d % time.Second / time.Microsecond)
	b[8], b[9], b[10] = byte(us), byte(us>>8), byte(us>>16)
	return b
}

func TestSendCap(t *testing.T) {
	guest, peer := pair(t, SendCap{Sizes{{3, 3}, {1, 1}}})
	require.Equal(t, 3, send(t, guest, "abcdef"))
	require.Contains(t, injected(guest), "scap=3,1")
	require.Equal(t, 1, send(t, guest, "def"))
	require.Equal(t, 2, send(t, guest, "ef"))
	require.Empty(t, injected(guest))
	guest.Shutdown(abi.SHUT_WR)
	require.Equal(t, "abcdef", strings.Join(drain(t, peer), ""))
}

func TestWindow(t *testing.T) {
	for _, c := range []struct{ send, recv int }{{8192, 0}, {0, 8192}, {16384, 32768}} {
		guest, _ := pair(t, Window{c.send, c.recv})
		for num, want := range map[int32]int{abi.SO_SNDBUF: c.send, abi.SO_RCVBUF: c.recv} {
			var v [4]byte
			_, err := guest.GetOption(abi.Option{Level: abi.SOL_SOCKET, Num: num}, v[:])
			require.Equal(t, abi.OK, err)
			n := int(v[0]) | int(v[1])<<8 | int(v[2])<<16 | int(v[3])<<24
			if want == 0 {
				require.Greater(t, n, 32768, "left as it was")
			} else {
				require.Equal(t, want, n)
			}
		}
	}
}

func TestResetAfterBytes(t *testing.T) {
	for _, call := range []string{"recv", "send"} {
		t.Run(call, func(t *testing.T) {
			guest, peer := pair(t, Reset{call, 3})
			self, _ := guest.LocalAddr()
			send(t, peer, "abcdef")
			waitFor(t, guest, 6)
			if call == "recv" {
				got(t, guest, "abc")
			} else {
				require.Equal(t, 3, send(t, guest, "uvwxyz"))
			}
			require.NotZero(t, poll(t, guest, sock.Readable, time.Second))
			_, err := recv(t, guest, 0)
			require.Equal(t, abi.ECONNRESET, err)
			require.Contains(t, injected(guest), "reset="+call+":3")
			text, err := recv(t, guest, 0)
			require.Equal(t, abi.OK, err)
			require.Empty(t, text, "and nothing arrives any more")
			_, err = guest.Send(ctx(t), []byte("x"), 0, abi.Sockaddr{})
			require.Equal(t, abi.EPIPE, err)
			_, err = guest.PeerAddr()
			require.Equal(t, abi.ENOTCONN, err)
			require.Equal(t, abi.ENOTCONN, guest.Shutdown(abi.SHUT_WR))
			require.Equal(t, abi.EISCONN, guest.Connect(ctx(t), loopback))
			require.Equal(t, "CLOSE", guest.Info().State)
			after, err := guest.LocalAddr()
			require.Equal(t, abi.OK, err)
			require.Equal(t, self, after)
			n, err := guest.Pending()
			require.Equal(t, abi.OK, err)
			require.Zero(t, n)
			var v [4]byte
			_, err = guest.GetOption(optError, v[:])
			require.Equal(t, abi.OK, err)
			require.Zero(t, v[0], "told already")

			if call == "send" {
				got(t, peer, "uvw")
			}
			_, err = recv(t, peer, 0)
			require.Equal(t, abi.ECONNRESET, err, "the peer's end is reset too")
		})
	}
}

func TestResetIsToldBySoError(t *testing.T) {
	guest, _ := pair(t, Reset{"send", 1})
	send(t, guest, "x")
	var v [4]byte
	_, err := guest.GetOption(optError, v[:])
	require.Equal(t, abi.OK, err)
	require.Equal(t, byte(abi.ECONNRESET), v[0])
	require.Contains(t, injected(guest), "reset=send:1")
}

func TestStall(t *testing.T) {
	guest, peer := pair(t, Stall{3})
	require.Equal(t, 3, send(t, guest, "abcdef"))
	got(t, peer, "abc")
	require.Zero(t, poll(t, guest, sock.Writable, 10*time.Millisecond))
	_, err := guest.Send(ctx(t), []byte("x"), abi.MSG_DONTWAIT, abi.Sockaddr{})
	require.Equal(t, abi.EAGAIN, err)
	require.Contains(t, injected(guest), "stall=3")
	require.Equal(t, abi.OK, guest.SetOption(optSndTimeo, timeval(10*time.Millisecond)))
	_, err = guest.Send(ctx(t), []byte("x"), 0, abi.Sockaddr{})
	require.Equal(t, abi.EAGAIN, err)
	guest.SetOption(optSndTimeo, timeval(0))
	done := make(chan abi.Errno)
	go func() { _, err := guest.Send(ctx(t), []byte("x"), 0, abi.Sockaddr{}); done <- err }()
	guest.Close()
	require.Equal(t, abi.EBADF, <-done)
}
