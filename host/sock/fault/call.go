package fault

import (
	"context"
	"slices"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// op is a call that rules know, whatever the guest's name for it.
type op int

const (
	opSocket op = iota
	opSocketPair
	opBind
	opListen
	opAccept
	opConnect
	opSend
	opRecv
	opShutdown
	opGetAddrInfo
	numOps
)

var opNames = [numOps]string{
	"socket", "socketpair", "bind", "listen", "accept", "connect", "send", "recv", "shutdown", "getaddrinfo",
}

func (o op) String() string { return opNames[o] }

// opOf finds a call by its name, or by that of a call that is the same one.
func opOf(name string) (op, bool) {
	switch name {
	case "sendto", "write":
		return opSend, true
	case "recvfrom", "read":
		return opRecv, true
	}
	i := slices.Index(opNames[:], name)
	return op(i), i >= 0
}

// call is one call of a guest on a socket, and its result.
type call struct {
	ctx   context.Context
	op    op
	nth   int64 // of this guest's calls of this kind
	size  int   // bytes asked for
	flags abi.MsgFlags
	addr  abi.Sockaddr // connect's, sendto's
	s     *socket

	control  []sock.Control // to be sent
	controls *sock.Controls // received; nil if they are not wanted

	n    int
	err  abi.Errno
	rule Rule // whose doing the result is
}

// waits reports whether the guest has agreed to wait.
func (c *call) waits() bool { return c.flags&abi.MSG_DONTWAIT == 0 && !c.s.Nonblock() }

// fail makes an error the result.
func (c *call) fail(r Rule, err abi.Errno) bool {
	c.n, c.err, c.rule = 0, err, r
	return true
}

// streamIO reports whether the call's bytes are a stream's, in order.
func (c *call) streamIO() bool {
	return c.s.stream && (c.op == opRecv && c.flags&(abi.MSG_OOB|abi.MSG_WAITALL) == 0 || c.op == opSend && c.flags&abi.MSG_OOB == 0)
}

func (c *call) peeks() bool { return c.flags&abi.MSG_PEEK != 0 }

// gating is an answer of sock.Gate.
type gating struct {
	force, hold sock.Events
	until       time.Time // of hold
}

const everything = sock.Readable | sock.Writable | sock.Error | sock.Hangup | sock.ReadHangup

// holding is a gating that holds events back.
func holding(events sock.Events, until time.Time) gating { return gating{hold: events, until: until} }

// and joins two answers. The earlier end counts: a Gate is asked again then.
func (g gating) and(h gating) gating {
	if g.hold == 0 || h.hold != 0 && h.until.Before(g.until) {
		g.until = h.until
	}
	g.hold |= h.hold
	g.force |= h.force
	return g
}

// idle is an effect that does nothing.
type idle struct {
	rule Rule
	s    *socket
}

func (i idle) of() Rule               { return i.rule }
func (idle) before(*call) bool        { return false }
func (idle) limit(_ *call, n int) int { return n }
func (idle) after(*call)              {}
func (idle) gate(sock.Events) gating  { return gating{} }
