package retain

import (
	"context"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// grace is how long a peer may take to end its side of a connection.
const grace = time.Second

// finish ends a connection in good order without waiting for the peer.
func (r *Retain) finish(s sock.Socket) abi.Errno {
	done := drain(context.Background(), s, abi.MSG_DONTWAIT)
	if s.Shutdown(abi.SHUT_WR) != abi.OK || done {
		return s.Close()
	}
	r.mu.Lock()
	ctx, cancel := context.WithTimeout(r.ctx, grace)
	r.ends.Add(1)
	r.mu.Unlock()
	go func() {
		defer r.ends.Done()
		defer cancel()
		Finish(ctx, s)
	}()
	return abi.OK
}

// Finish ends a connection in good order: it sends the FIN, takes what the
// peer still sends until that ends too, or the context does, and closes the
// socket. Closing at once would reset the connection if anything was unread,
// and the peer might lose the last answer. It owns s.
func Finish(ctx context.Context, s sock.Socket) {
	defer s.Close()
	if s.Shutdown(abi.SHUT_WR) != abi.OK {
		return
	}
	s.SetNonblock(false)
	s.SetOption(abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_RCVTIMEO}, make([]byte, 16))
	drain(ctx, s, 0)
	drain(ctx, s, abi.MSG_DONTWAIT)
}

// drain receives and forgets. It returns true at the end of the stream, or
// of the connection, and false if there may be more.
func drain(ctx context.Context, s sock.Socket, flags abi.MsgFlags) bool {
	b := make([]byte, 16<<10)
	const most = 4096 // times: a peer that never stops is not waited for
	for range most {
		n, _, _, err := s.Recv(ctx, b, flags)
		switch {
		case err == abi.EAGAIN || err == abi.EINTR:
			return false
		case err != abi.OK || n == 0:
			return true
		}
	}
	return false
}
