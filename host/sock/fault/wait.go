package fault

import (
	"context"
	"encoding/binary"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

var (
	optRcvTimeo = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_RCVTIMEO}
	optSndTimeo = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_SNDTIMEO}
)

// sleep waits for d, as long as the guest and the socket's own timeout let
// it. It is called without the lock.
//
// # Errors
//   - EINTR: the context ended. EBADF: the socket was closed.
//   - EAGAIN: SO_RCVTIMEO or SO_SNDTIMEO passed.
func (s *socket) sleep(c *call, d time.Duration) abi.Errno {
	expires := s.expiry(c)
	if err := pause(c.ctx, min(d, time.Until(expires)), s.done); err != abi.OK {
		return err
	}
	if time.Now().Before(expires) {
		return abi.OK
	}
	return abi.EAGAIN
}

// expiry is when a call that begins now times out.
func (s *socket) expiry(c *call) time.Time {
	opt := optRcvTimeo
	if c.op == opSend || c.op == opConnect {
		opt = optSndTimeo
	}
	d := s.timeout(opt)
	if d <= 0 {
		d = forever
	}
	return time.Now().Add(d)
}

// forever is longer than any guest lives.
const forever = 365 * 24 * time.Hour

// pause waits for d.
func pause(ctx context.Context, d time.Duration, done <-chan struct{}) abi.Errno {
	began := time.Now()
	defer func() { sock.WaitClockOf(ctx).Add(time.Since(began)) }()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return abi.OK
	case <-ctx.Done():
		return abi.EINTR
	case <-done:
		return abi.EBADF
	}
}

// timeout reads an option that is a struct timeval, 0 for never.
func (s *socket) timeout(opt abi.Option) time.Duration {
	var v [16]byte
	if n, err := s.Socket.GetOption(opt, v[:]); err != abi.OK || n < len(v) {
		return 0
	}
	sec, usec := int64(binary.LittleEndian.Uint64(v[:])), int64(binary.LittleEndian.Uint64(v[8:]))
	const centuries = 1 << 32
	if sec > centuries {
		return 0
	}
	return time.Duration(sec)*time.Second + time.Duration(usec)*time.Microsecond
}
