package check

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/trace"
)

// conn is a native peer's end of a connection with a guest. It reads only
// when the script does: a peer that does not read is a peer that does not
// read.
type conn struct {
	t     *trial
	name  string
	s     sock.Socket
	local int // its own port, and
	port  int // the guest's
	buf   []byte
	got   []byte // everything read so far, at most gotMax
	n     int64  // how much that was
	sent  []byte
	out   atomic.Int64
	end   string // "", "eof", "reset", "closed"
	shut  bool
	ended atomic.Bool // it will send no more: shut or closed
}

// gotMax is how much of a conversation is kept, each way, in bytes.
const gotMax = 1 << 20

func (t *trial) newConn(kind string, s sock.Socket, guestPort int) *conn {
	p := &conn{t: t, name: t.name(kind), s: s, port: guestPort}
	if sa, err := s.LocalAddr(); err == abi.OK {
		p.local = int(sa.IP.Port())
	}
	if guestPort == 0 {
		if sa, err := s.PeerAddr(); err == abi.OK {
			p.port = int(sa.IP.Port())
		}
	}
	t.mu.Lock()
	t.peers = append(t.peers, p)
	t.mu.Unlock()
	t.onClose(func() { s.Close() })
	return p
}

// owner is the guest at the other end, nil if it is not known.
func (p *conn) owner() *guest {
	for _, g := range p.t.guestList() {
		if p.other(g) != nil {
			return g
		}
	}
	return nil
}

// other is the guest's socket of this connection, nil if it has none.
func (p *conn) other(g *guest) *watched {
	for _, s := range g.watch.all() {
		if int(s.peer.Load()) == p.local && int(s.local.Load()) == p.port {
			return s
		}
	}
	return nil
}

func (p *conn) sentBytes() int64 { return p.out.Load() }

// likely is whom to blame for what this peer sees: who is at the other end,
// or the one guest that there is.
func (p *conn) likely() *guest {
	if g := p.owner(); g != nil {
		return g
	}
	all := p.t.guestList()
	for _, g := range all {
		if g.port == p.port || len(all) == 1 {
			return g
		}
	}
	return nil
}

// send sends all of data; it waits if the guest does not read.
func (p *conn) send(data []byte) error {
	began, all := time.Now(), data
	from := p.out.Load()
	err := p.t.await(wait{what: fmt.Sprintf("sending %d bytes", len(data)), doing: "send", guest: p.likely(), peer: p, endOK: true}, func() (bool, error) {
		if len(data) == 0 {
			return true, nil
		}
		n, errno := 0, abi.OK
		p.out.Add(int64(len(data))) // before, so that no receive is ahead of it
		p.t.brief(tick, func(ctx context.Context) { n, errno = p.s.Send(ctx, data, abi.MSG_NOSIGNAL, abi.Sockaddr{}) })
		if errno != abi.OK {
			n = 0
		}
		p.out.Add(int64(n - len(data)))
		data = data[n:]
		if errno != abi.OK && errno != abi.EINTR && errno != abi.EAGAIN {
			return false, p.broken(errno)
		}
		return len(data) == 0, nil
	})
	n := len(all) - len(data)
	if room := gotMax - len(p.sent); room > 0 {
		p.sent = append(p.sent, all[:min(n, room)]...)
	}
	p.t.step(trace.Call{Guest: p.name, Name: "send", FD: -1, Start: began, Ret: int64(n), Data: all[:n], From: from, To: from + int64(n)})
	return err
}

// broken words what a send or receive met.
func (p *conn) broken(errno abi.Errno) error {
	switch errno {
	case abi.ECONNRESET, abi.EPIPE:
		p.end = "reset"
		return &failure{why: whyReset, text: "The program broke the connection (reset)."}
	case abi.EBADF:
		return fmt.Errorf("%s has hung up already", p.name)
	}
	return &ownFault{fmt.Errorf("%s: %w", p.name, errno)}
}

// fill reads once more into buf, for at most d. It reports false if nothing
// came.
func (p *conn) fill(d time.Duration) (more bool, err error) {
	if p.end != "" {
		return false, nil
	}
	began := time.Now()
	b := make([]byte, 64<<10)
	n, errno := 0, abi.OK
	p.t.brief(d, func(ctx context.Context) { n, _, _, errno = p.s.Recv(ctx, b, 0) })
	c := trace.Call{Guest: p.name, Name: "recv", FD: -1, Start: began}
	switch errno {
	case abi.EINTR, abi.EAGAIN:
		return false, nil
	case abi.OK:
		if n == 0 {
			p.end = "eof"
			p.t.step(c)
			return false, nil
		}
	case abi.ECONNRESET:
		p.end = "reset"
		c.Ret, c.Err = -1, errno
		p.t.step(c)
		return false, nil
	default:
		return false, p.broken(errno)
	}
	b = b[:n]
	p.buf = append(p.buf, b...)
	if room := gotMax - len(p.got); room > 0 {
		p.got = append(p.got, b[:min(n, room)]...)
	}
	c.Ret, c.Data, c.From, c.To = int64(n), b, p.n, p.n+int64(n)
	p.t.step(c)
	p.n += int64(n)
	return true, nil
}

// expect takes exactly want from the stream.
func (p *conn) expect(want []byte, within time.Duration) error {
	what := fmt.Sprintf("waiting for %d bytes", len(want))
	w := wait{what: what, doing: "bytes", guest: p.likely(), peer: p, within: within, endOK: true}
	err := p.t.await(w, func() (bool, error) {
		for len(p.buf) < len(want) {
			more, err := p.fill(tick)
			if err != nil {
				return false, err
			}
			if len(p.buf) > 0 && !strings.HasPrefix(string(want), string(p.buf[:min(len(p.buf), len(want))])) {
				break
			}
			if !more {
				return false, p.over(want)
			}
		}
		if got := p.buf[:min(len(p.buf), len(want))]; string(got) != string(want) {
			f := different(whyWrong, "What the program sent is wrong", want, got)
			return false, f
		}
		return true, nil
	})
	if err != nil {
		var f *failure
		if errors.As(err, &f) && f.want == nil {
			f.want, f.got = want, append([]byte{}, p.buf...)
		}
		return err
	}
	p.buf = p.buf[len(want):]
	return nil
}

// over is the failure of a conversation that ended while bytes were due; nil
// while it goes on.
func (p *conn) over(want []byte) error {
	switch p.end {
	case "eof":
		return &failure{why: whyEOF, text: fmt.Sprintf("The program hung up after %d of %d bytes.", len(p.buf), len(want))}
	case "reset":
		return &failure{why: whyReset, text: fmt.Sprintf("The program broke the connection (reset) after %d of %d bytes.", len(p.buf), len(want))}
	}
	return nil
}

// readUntil takes what pred asks for: it is given everything that has come
// and returns how much of it to take, or -1 for more. At the end of the
// stream, atEnd says whether to take the rest.
func (p *conn) readUntil(what string, within time.Duration, atEnd bool, pred func([]byte) int) ([]byte, error) {
	take := -1
	err := p.t.await(wait{what: what, doing: "bytes", guest: p.likely(), peer: p, within: within, endOK: true}, func() (bool, error) {
		for {
			if take = pred(p.buf); take >= 0 {
				return true, nil
			}
			more, err := p.fill(tick)
			switch {
			case err != nil:
				return false, err
			case more:
				continue
			case p.end == "eof" && atEnd:
				take = len(p.buf)
				return true, nil
			case p.end == "eof":
				return false, &failure{why: whyEOF, text: fmt.Sprintf("The program hung up while the lab was %s.", what)}
			case p.end == "reset":
				return false, &failure{why: whyReset, text: fmt.Sprintf("The program broke the connection (reset) while the lab was %s.", what)}
			}
			return false, nil
		}
	})
	if err != nil {
		return nil, err
	}
	b := p.buf[:take:take]
	p.buf = p.buf[take:]
	return b, nil
}

// expectEnd waits for the end of the stream: polite ("eof") or not ("reset").
func (p *conn) expectEnd(kind string, within time.Duration) error {
	what := map[string]string{"eof": "waiting for the program to hang up", "reset": "waiting for a reset"}[kind]
	return p.t.await(wait{what: what, doing: kind, guest: p.likely(), peer: p, within: within, endOK: true}, func() (bool, error) {
		for {
			if len(p.buf) > 0 {
				f := different(whyExtra, "There was more than the contract says", nil, p.buf)
				f.want = []byte{}
				return false, f
			}
			more, err := p.fill(tick)
			if err != nil {
				return false, err
			}
			switch {
			case p.end == kind:
				return true, nil
			case p.end == "reset":
				return false, &failure{why: whyReset, text: "The connection ended with a reset, not with an orderly end."}
			case p.end == "eof":
				return false, &failure{why: whyOpen, text: "The connection ended in order, not with a reset."}
			case !more:
				return false, nil
			}
		}
	})
}

// quiet asserts that nothing arrives for d. It is over at once when nothing
// can arrive any more.
func (p *conn) quiet(d time.Duration) error {
	return p.t.await(wait{what: "listening to silence", doing: "quiet", guest: p.likely(), peer: p, limit: d, quiet: true}, func() (bool, error) {
		if _, err := p.fill(tick); err != nil {
			return false, err
		}
		switch {
		case len(p.buf) > 0:
			f := different(whyExtra, "Nothing should have come yet", nil, p.buf)
			f.want = []byte{}
			return false, f
		case p.end == "eof":
			return false, &failure{why: whyEOF, text: "The program hung up; it should have kept the line."}
		case p.end == "reset":
			return false, &failure{why: whyReset, text: "The program broke the connection (reset); it should have kept the line."}
		}
		return false, nil
	})
}

// halfClose ends the peer's own direction.
func (p *conn) halfClose() {
	began := time.Now()
	p.shut = true
	p.s.Shutdown(abi.SHUT_WR)
	p.ended.Store(true)
	p.t.step(trace.Call{Guest: p.name, Name: "shutdown", FD: -1, Start: began, Args: []trace.Arg{{Name: "how", Kind: abi.Int, As: abi.AsHow, Int: int64(abi.SHUT_WR)}}})
}

// close hangs up; rst breaks the connection instead.
func (p *conn) close(rst bool) {
	began := time.Now()
	name := "close"
	if rst {
		linger := binary.LittleEndian.AppendUint64(nil, 1) // l_onoff 1, l_linger 0
		p.s.SetOption(abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_LINGER}, linger)
		name = "reset"
	}
	p.s.Close()
	p.ended.Store(true)
	if p.end == "" {
		p.end = "closed"
	}
	p.t.step(trace.Call{Guest: p.name, Name: name, FD: -1, Start: began})
}

// drain takes whatever has come by now, for the evidence of a failure.
func (p *conn) drain() {
	for range 64 {
		if more, err := p.fill(time.Millisecond); !more || err != nil {
			return
		}
	}
}
