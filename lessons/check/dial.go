package check

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/trace"
)

// loopback is an address as everybody in the lab says it.
func loopback(port int) abi.Sockaddr {
	return abi.InetAddr(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port)))
}

func (t *trial) peerSocket() (sock.Socket, error) {
	l, err := t.lab()
	if err != nil {
		return nil, err
	}
	s, errno := l.Peer().Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	if errno != abi.OK {
		return nil, &ownFault{fmt.Errorf("a peer's socket: %w", errno)}
	}
	return s, nil
}

// connect dials a guest; from is the port to dial from, 0 for any.
func (t *trial) connect(g *guest, port, from int) (*conn, error) {
	s, err := t.peerSocket()
	if err != nil {
		return nil, err
	}
	if from != 0 {
		if errno := s.Bind(loopback(from)); errno != abi.OK {
			s.Close()
			return nil, &ownFault{fmt.Errorf("a peer at port %d: %w", from, errno)}
		}
	}
	began := time.Now()
	t.mu.Lock()
	t.connects[port]++ // before, so that no accept is ahead of it
	t.mu.Unlock()
	var errno abi.Errno
	err = t.await(wait{what: fmt.Sprintf("calling port %d", port), doing: "connect", guest: g, endOK: true}, func() (bool, error) {
		// Here and not beside: the watchdog would take a call that the machine
		// has no time for, and that has succeeded, for one that nobody takes.
		t.brief(tick, func(ctx context.Context) { errno = s.Connect(ctx, loopback(port)) })
		if errno == abi.EISCONN {
			errno = abi.OK
		}
		return errno != abi.EINTR, nil
	})
	if err != nil {
		s.Close()
		return nil, err
	}
	if errno != abi.OK {
		s.Close()
		t.mu.Lock()
		t.connects[port]--
		t.mu.Unlock()
		switch errno {
		case abi.ECONNRESET, abi.ECONNABORTED, abi.EPIPE:
			return nil, &failure{why: whyReset, doing: "connect", guest: g, text: fmt.Sprintf("The program stopped listening at port %d while a caller was waiting.", port)}
		case abi.ECONNREFUSED:
			return nil, &failure{why: whyRefused, doing: "connect", guest: g, text: fmt.Sprintf("Nobody answers at port %d: connection refused.", port)}
		}
		return nil, &ownFault{fmt.Errorf("connect to port %d: %w", port, errno)}
	}
	p := t.newConn("caller", s, port)
	t.step(trace.Call{Guest: p.name, Name: "connect", FD: -1, Start: began, Args: []trace.Arg{{Name: "addr", Kind: abi.In, As: abi.AsAddr, Str: loopback(port).String()}}})
	return p, nil
}

// listener is a native server that guests call.
type listener struct {
	t    *trial
	s    sock.Socket
	port int
}

// listen opens a native server at a port of the lab.
func (t *trial) listen(port, backlog int) (*listener, error) {
	s, err := t.peerSocket()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	errno := s.Bind(loopback(port))
	if errno == abi.OK {
		errno = s.Listen(backlog)
	}
	if errno != abi.OK {
		s.Close()
		return nil, &ownFault{fmt.Errorf("a peer at port %d: %w", port, errno)}
	}
	t.onClose(func() { s.Close() })
	t.step(trace.Call{Guest: t.name("lab"), Name: "listen", FD: -1, Start: began, Args: []trace.Arg{{Name: "backlog", Kind: abi.Int, Int: int64(backlog)}}})
	return &listener{t: t, s: s, port: port}, nil
}

// accept takes the next call.
func (l *listener) accept(within time.Duration) (*conn, error) {
	t := l.t
	began := time.Now()
	var s sock.Socket
	err := t.await(wait{what: fmt.Sprintf("waiting for a call at port %d", l.port), doing: "call", within: within}, func() (bool, error) {
		var errno abi.Errno
		t.brief(tick, func(ctx context.Context) { s, _, errno = l.s.Accept(ctx) })
		switch errno {
		case abi.OK:
			return true, nil
		case abi.EINTR, abi.EAGAIN, abi.ECONNABORTED:
			return false, nil
		case abi.EBADF:
			return false, fmt.Errorf("the listener at port %d is closed", l.port)
		}
		return false, &ownFault{fmt.Errorf("accept: %w", errno)}
	})
	if err != nil {
		return nil, err
	}
	p := t.newConn("server", s, 0)
	t.step(trace.Call{Guest: p.name, Name: "accept", FD: -1, Start: began, Args: []trace.Arg{{Name: "addr", Kind: abi.Out, As: abi.AsAddr, Str: loopback(p.port).String()}}})
	return p, nil
}

// brief makes one call of a peer that may wait for d.
func (t *trial) brief(d time.Duration, call func(context.Context)) {
	ctx, cancel := context.WithTimeout(t.ctx, d)
	defer cancel()
	call(ctx)
}
