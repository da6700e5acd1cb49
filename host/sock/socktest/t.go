package socktest

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

// need skips the case if the machine lacks the family.
func (t *T) need(f abi.Family) {
	if f == inet6 && !hasIPv6(t.Stack) {
		t.Skip("this machine has no ::1")
	}
}

func hasIPv6(k sock.Stack) bool {
	s, err := k.Socket(inet6, dgram, 0)
	if err != abi.OK {
		return false
	}
	defer s.Close()
	return s.Bind(abi.InetAddr(netip.AddrPortFrom(netip.IPv6Loopback(), 0))) == abi.OK
}

// is requires a call's result; ok that it succeeded.
func (t *T) is(want, got abi.Errno, what ...any) {
	t.Helper()
	require.Equal(t, want.Name(), got.Name(), what...)
}

func (t *T) ok(got abi.Errno, what ...any) {
	t.Helper()
	t.is(abi.OK, got, what...)
}

func (t *T) oneOf(got abi.Errno, want ...abi.Errno) {
	t.Helper()
	require.Contains(t, want, got)
}

func (t *T) socket(f abi.Family, typ abi.Type) sock.Socket {
	t.Helper()
	s, err := t.Stack.Socket(f, typ, 0)
	t.ok(err)
	t.Cleanup(func() { s.Close() })
	return s
}

// path is the name of a file that is not there yet.
func (t *T) path() string {
	t.Helper()
	if t.dir == "" {
		t.dir = t.o.UnixDir
		if t.dir == "" { // not t.TempDir, whose path a sockaddr may have no room for
			dir, err := os.MkdirTemp("", "sock")
			require.NoError(t, err)
			t.Cleanup(func() { os.RemoveAll(dir) })
			t.dir = dir
		}
	}
	return filepath.Join(t.dir, fmt.Sprintf("s%d", names.Add(1)))
}

// local is an address to bind to: loopback and a port to be chosen, or a new
// path.
func (t *T) local(f abi.Family) abi.Sockaddr {
	t.Helper()
	switch f {
	case inet6:
		return at("[::1]:0")
	case unix:
		return abi.UnixAddr(t.path())
	}
	return at("127.0.0.1:0")
}

func at(s string) abi.Sockaddr { return abi.InetAddr(netip.MustParseAddrPort(s)) }

// withPort is the address with a port.
func withPort(a abi.Sockaddr, port uint16) abi.Sockaddr {
	a.IP = netip.AddrPortFrom(a.IP.Addr(), port)
	return a
}

// bound is a socket that is bound, and its address.
func (t *T) bound(f abi.Family, typ abi.Type) (sock.Socket, abi.Sockaddr) {
	t.Helper()
	s := t.socket(f, typ)
	t.ok(s.Bind(t.local(f)))
	addr, err := s.LocalAddr()
	t.ok(err)
	return s, addr
}

// listener is a socket that listens, and its address.
func (t *T) listener(f abi.Family, typ abi.Type) (sock.Socket, abi.Sockaddr) {
	t.Helper()
	s, addr := t.bound(f, typ)
	t.ok(s.Listen(8))
	return s, addr
}

func (t *T) accept(l sock.Socket) sock.Socket {
	t.Helper()
	s, _, err := l.Accept(t.ctx)
	t.ok(err)
	t.Cleanup(func() { s.Close() })
	return s
}

// dial is a socket that is connected.
func (t *T) dial(to abi.Sockaddr, typ abi.Type) sock.Socket {
	t.Helper()
	s := t.socket(to.Family, typ)
	t.ok(s.Connect(t.ctx, to))
	return s
}

// pair is a connection: the one who called, and the one who was called.
func (t *T) pair(f abi.Family, typ abi.Type) (client, server sock.Socket) {
	t.Helper()
	if typ == dgram {
		a, aa := t.bound(f, typ)
		b, ba := t.bound(f, typ)
		t.ok(a.Connect(t.ctx, ba))
		t.ok(b.Connect(t.ctx, aa))
		return a, b
	}
	l, addr := t.listener(f, typ)
	defer l.Close()
	client = t.dial(addr, typ)
	return client, t.accept(l)
}

func (t *T) send(s sock.Socket, text string) {
	t.Helper()
	n, err := s.Send(t.ctx, []byte(text), 0, none)
	t.ok(err)
	require.Equal(t, len(text), n)
}

func (t *T) sendTo(s sock.Socket, text string, to abi.Sockaddr) {
	t.Helper()
	n, err := s.Send(t.ctx, []byte(text), 0, to)
	t.ok(err)
	require.Equal(t, len(text), n)
}

// recv is one receive into 100 bytes.
func (t *T) recv(s sock.Socket, flags abi.MsgFlags) string {
	t.Helper()
	buf := make([]byte, 100)
	n, _, _, err := s.Recv(t.ctx, buf, flags)
	t.ok(err)
	return string(buf[:n])
}

// gets requires that the next bytes of a stream, or the next message, are
// these.
func (t *T) gets(s sock.Socket, text string) {
	t.Helper()
	buf := make([]byte, len(text)+1)
	got := 0
	for {
		n, _, _, err := s.Recv(t.ctx, buf[got:len(text)], 0)
		t.ok(err)
		if got += n; got >= len(text) || n == 0 {
			break
		}
	}
	require.Equal(t, text, string(buf[:got]))
}

// errOf is the result of a receive that does not wait.
func (t *T) tryRecv(s sock.Socket) abi.Errno {
	_, _, _, err := s.Recv(t.ctx, make([]byte, 100), abi.MSG_DONTWAIT)
	return err
}

// arrived waits until n bytes can be received.
func (t *T) arrived(s sock.Socket, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		got, err := s.Pending()
		return err == abi.OK && got >= n
	}, patience/2, time.Millisecond)
}

// ended waits until the other side's end of the stream has arrived.
func (t *T) ended(s sock.Socket) {
	t.Helper()
	_, _, _, err := s.Recv(t.ctx, make([]byte, 1), abi.MSG_PEEK)
	t.oneOf(err, abi.OK, abi.ECONNRESET)
}

// queued waits until n callers wait to be accepted: a caller is connected
// before the last packet of the handshake is with the listener.
func (t *T) queued(l sock.Socket, n int) {
	t.Helper()
	if l.Info().Family == unix {
		return
	}
	p := t.poller()
	require.Eventually(t, func() bool {
		if waiting, ok := t.unacked(l); ok {
			return waiting >= n
		}
		return t.now(p, l, sock.Readable) != 0 // the first, where the system tells no number
	}, patience/2, time.Millisecond)
}

// unacked is tcpi_unacked, if the system tells it: the segments that are under
// way; of a listener the callers who wait. Source: linux/tcp.h, tcp_get_info().
func (t *T) unacked(s sock.Socket) (n int, ok bool) {
	var info [28]byte
	size, err := s.GetOption(option(tcp, abi.TCP_INFO), info[:])
	return int(binary.LittleEndian.Uint32(info[24:])), err == abi.OK && size == len(info)
}

// fill sends until the socket takes no more, even after all that it has sent
// was acknowledged, and returns how much it took.
func (t *T) fill(s sock.Socket) int {
	t.Helper()
	block := make([]byte, 64<<10)
	total, tried := 0, false
	for {
		n, err := s.Send(t.ctx, block, abi.MSG_DONTWAIT, none)
		total += n
		if err == abi.EAGAIN && tried {
			return total
		}
		if tried = err == abi.EAGAIN; !tried {
			t.ok(err)
			continue
		}
		require.Eventually(t, func() bool { n, _ := t.unacked(s); return n == 0 }, patience/2, time.Millisecond)
	}
}

func (t *T) set(s sock.Socket, level abi.Level, num, value int32) {
	t.Helper()
	t.ok(s.SetOption(abi.Option{Level: level, Num: num}, word(value)))
}

func (t *T) get(s sock.Socket, level abi.Level, num int32) int32 {
	t.Helper()
	var b [4]byte
	n, err := s.GetOption(abi.Option{Level: level, Num: num}, b[:])
	t.ok(err)
	require.Equal(t, 4, n)
	return int32(b[0]) | int32(b[1])<<8 | int32(b[2])<<16 | int32(b[3])<<24
}

// soError is SO_ERROR.
func (t *T) soError(s sock.Socket) abi.Errno {
	t.Helper()
	return abi.Errno(t.get(s, abi.SOL_SOCKET, abi.SO_ERROR))
}

// timeouts sets SO_RCVTIMEO and SO_SNDTIMEO.
func (t *T) timeouts(s sock.Socket, d time.Duration) {
	t.Helper()
	for _, num := range []int32{abi.SO_RCVTIMEO, abi.SO_SNDTIMEO} {
		t.ok(s.SetOption(abi.Option{Level: abi.SOL_SOCKET, Num: num}, timeval(int64(d/time.Second), int64(d%time.Second/time.Microsecond))))
	}
}

// refuse waits until a connect that cannot succeed has failed.
func (t *T) unused(f abi.Family) abi.Sockaddr {
	t.Helper()
	s, addr := t.bound(f, stream)
	t.ok(s.Close())
	return addr
}

// result is how a call in another goroutine ended.
type result struct {
	n     int
	err   abi.Errno
	after time.Duration
}

// background makes a call in another goroutine.
func background(call func() (int, abi.Errno)) <-chan result {
	done := make(chan result, 1)
	go func() {
		start := time.Now()
		n, err := call()
		done <- result{n, err, time.Since(start)}
	}()
	return done
}

// wait is the result of a call in the background.
func (t *T) wait(done <-chan result) result {
	t.Helper()
	select {
	case r := <-done:
		return r
	case <-time.After(patience):
		require.FailNow(t, "the call did not return")
		return result{}
	}
}

// soon calls f in a moment, when what the caller does next has most likely
// begun to wait. Nothing may depend on that, and f may use no method of t.
func (t *T) soon(f func()) {
	timer := time.AfterFunc(5*time.Millisecond, f)
	t.Cleanup(func() { timer.Stop() })
}
