package wasi

import (
	"context"
	"encoding/binary"
	"strings"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
	"socklab/host/trace"
)

// The layout of poll_oneoff. Source: WASI snapshot-01, "subscription",
// "event".
const (
	subscriptionSize = 48
	eventSize        = 32

	eventClock = 0
	eventRead  = 1
	eventWrite = 2

	clockRealtime  = 0
	clockMonotonic = 1
	clockAbsolute  = 1 // flag
)

// maxSubscriptions bounds one poll_oneoff. Go's own netpoller stops at 65535.
const maxSubscriptions = 1 << 17

// poll is a guest's poll_oneoff: its poller and what it reuses.
type poll struct {
	poller sock.Poller
	items  []sock.PollItem
	subs   []int   // the subscription of each item
	fds    []int32 // its descriptor
}

func (p *poll) init() (err error) {
	p.poller, err = kernel.NewPoller()
	return err
}

func (p *poll) close() { p.poller.Close() }

// add is to wait for a descriptor as well, for subscription i.
func (p *poll) add(src sock.Source, want sock.Events, i int, fd int32) {
	p.items = append(p.items, sock.PollItem{Source: src, Want: want})
	p.subs, p.fds = append(p.subs, i), append(p.fds, fd)
}

// pollOneoff waits for sockets, standard input and clocks, all in one call.
func pollOneoff(ctx context.Context, c *wasiCall) abi.Errno {
	count := c.u32(2)
	if count == 0 || count > maxSubscriptions {
		return abi.EINVAL
	}
	subs, errno := c.bytes(c.u32(0), count*subscriptionSize)
	if errno != abi.OK {
		return errno
	}
	events, errno := c.bytes(c.u32(1), count*eventSize)
	if errno != abi.OK {
		return errno
	}
	result, errno := c.bytes(c.u32(3), 4)
	if errno != abi.OK {
		return errno
	}
	n, errno := c.p.pollOneoff(ctx, subs, events)
	if errno == abi.OK {
		binary.LittleEndian.PutUint32(result, uint32(n))
	}
	return errno
}

// eventWriter writes events one after another. The guest may have placed them
// over its subscriptions, so what is needed of those is read before.
type eventWriter struct {
	to []byte
	n  int
}

func (w *eventWriter) add(userdata uint64, kind byte, errno abi.Errno, flags uint16) {
	if (w.n+1)*eventSize > len(w.to) {
		return
	}
	b := w.to[w.n*eventSize:][:eventSize]
	clear(b)
	binary.LittleEndian.PutUint64(b, userdata)
	binary.LittleEndian.PutUint16(b[8:], uint16(errno))
	b[10] = kind
	binary.LittleEndian.PutUint16(b[24:], flags)
	w.n++
}

func (p *Process) pollOneoff(ctx context.Context, subs, events []byte) (int, abi.Errno) {
	const never = time.Duration(-1)
	q := &p.poll
	q.items, q.subs, q.fds = q.items[:0], q.subs[:0], q.fds[:0]
	w := eventWriter{to: events}
	timeout := never
	clocks := 0
	var gates sock.Gates
	now := Nanotime()
	for i := 0; i*subscriptionSize < len(subs); i++ {
		s := subs[i*subscriptionSize:][:subscriptionSize]
		switch s[8] {
		case eventClock:
			d, errno := clockWait(s, now)
			if errno != abi.OK {
				return 0, errno
			}
			clocks++
			if timeout == never || d < timeout {
				timeout = d
			}
		case eventRead, eventWrite:
			want := sock.Readable
			if s[8] == eventWrite {
				want = sock.Writable
			}
			fd := int32(binary.LittleEndian.Uint32(s[16:]))
			f, errno := p.fds.get(fd)
			var src sock.Source
			switch {
			case errno != abi.OK:
			case !f.may(rightPoll):
				errno = abi.ENOTCAPABLE
			default:
				src, errno = p.source(f, want)
			}
			if errno != abi.OK || src == nil { // an answer already: an error, or always ready
				w.add(binary.LittleEndian.Uint64(s), s[8], errno, 0)
				continue
			}
			if f.kind == fdSocket {
				gates.Add(f.sock.Socket, len(q.items), want)
			}
			q.add(src, want, i, fd)
		case abi.EventPoll:
			fd, asked := int32(binary.LittleEndian.Uint32(s[16:])), binary.LittleEndian.Uint32(s[20:])
			f, errno := p.fds.get(fd)
			src, always := p.polled(f, asked)
			if errno != abi.OK {
				always = pollNval
			}
			switch {
			case f != nil && !f.may(rightPoll):
				w.add(binary.LittleEndian.Uint64(s), s[8], abi.ENOTCAPABLE, 0)
			case always != 0:
				w.add(binary.LittleEndian.Uint64(s), s[8], abi.OK, uint16(always))
			case src != nil:
				want := wanted(asked)
				if f.kind == fdSocket {
					gates.Add(f.sock.Socket, len(q.items), want)
				}
				q.add(src, want, i, fd)
			}
		default:
			return 0, abi.EINVAL
		}
	}
	if w.n > 0 {
		timeout = 0
	}
	t := p.enterPoll(timeout, clocks)
	ready, errno := gates.Wait(ctx, q.poller, q.items, timeout)
	rang := 0
	if errno == abi.OK {
		rang = p.pollEvents(&w, subs, now, ready)
	}
	p.exitPoll(ctx, t, w.n-rang, errno)
	return w.n, errno
}

// pollEvents answers every subscription that something is so of, and tells how
// many of them were clocks.
func (p *Process) pollEvents(w *eventWriter, subs []byte, began int64, ready int) (rang int) {
	type answer struct {
		userdata uint64
		kind     byte
		flags    uint16
	}
	// Read all before writing any: the two may overlap.
	var few [16]answer
	answers := few[:0]
	for k := 0; k < len(p.poll.items) && ready > 0; k++ {
		r := p.poll.items[k].Ready
		if r == 0 {
			continue
		}
		ready--
		s := subs[p.poll.subs[k]*subscriptionSize:]
		a := answer{userdata: binary.LittleEndian.Uint64(s), kind: s[8]}
		if a.kind == abi.EventPoll {
			a.flags = uint16(happened(r))
		} else if r&sock.Hangup != 0 {
			a.flags = abi.EventHangup
		}
		answers = append(answers, a)
	}
	now := Nanotime()
	for i := 0; i*subscriptionSize < len(subs); i++ {
		s := subs[i*subscriptionSize:]
		if s[8] != eventClock {
			continue
		}
		if d, _ := clockWait(s, began); now-began >= int64(d) {
			answers = append(answers, answer{userdata: binary.LittleEndian.Uint64(s), kind: eventClock})
			rang++
		}
	}
	for _, a := range answers {
		w.add(a.userdata, a.kind, abi.OK, a.flags)
	}
	return rang
}

// clockWait is how long from now a clock subscription asks to wait.
func clockWait(s []byte, now int64) (time.Duration, abi.Errno) {
	id := binary.LittleEndian.Uint32(s[16:])
	at := binary.LittleEndian.Uint64(s[24:])
	flags := binary.LittleEndian.Uint16(s[40:])
	if id > 3 || flags&^clockAbsolute != 0 {
		return 0, abi.EINVAL
	}
	const longest = 1 << 62
	d := int64(min(at, longest))
	if flags&clockAbsolute != 0 {
		if id == clockRealtime {
			now = time.Now().UnixNano()
		}
		d -= now
	}
	return time.Duration(max(d, 0)), abi.OK
}

// source is what to wait on for a descriptor; nil if it is always ready.
func (p *Process) source(f *file, want sock.Events) (sock.Source, abi.Errno) {
	switch f.kind {
	case fdSocket:
		return f.sock.Source(), abi.OK
	case fdStdio:
		if (f.inner == 0) != (want == sock.Readable) {
			return nil, abi.EBADF
		}
		if f.inner == 0 {
			return p.stdin.source(), abi.OK
		}
	}
	return nil, abi.OK
}

// enterPoll begins a traced poll; nil if nothing is traced.
func (p *Process) enterPoll(timeout time.Duration, clocks int) *pendingCall {
	if p.cfg.Recorder == nil || len(p.poll.items) == 0 && clocks == 0 {
		return nil
	}
	c := p.begin("poll")
	args, count, _ := p.poll.told(func(it sock.PollItem) sock.Events { return it.Want })
	ms := timeout.Milliseconds()
	if timeout < 0 { // for ever, as poll(2) has it
		ms = -1
	}
	c.Args = append(args, trace.Arg{Name: "count", Kind: abi.Int, Int: int64(count)},
		trace.Arg{Name: "timeout_ms", Kind: abi.Int, Int: ms})
	p.enter(c, nil)
	return c
}

// exitPoll ends it. n counts events of descriptors, and none of clocks; poll(2)
// counts descriptors. What was ready replaces what was asked.
func (p *Process) exitPoll(ctx context.Context, c *pendingCall, n int, errno abi.Errno) {
	if c == nil {
		return
	}
	ready, _, twice := p.poll.told(func(it sock.PollItem) sock.Events { return it.Ready })
	copy(c.Args, ready)
	c.Ret = int64(n - twice)
	p.exitFD(ctx, c, nil, errno)
}

// told is what a trace tells of the descriptors: each once, with its events,
// however many subscriptions it has; count is how many there are, and twice how
// many subscriptions that something is so of are not the first of theirs.
func (q *poll) told(of func(sock.PollItem) sock.Events) (args []trace.Arg, count, twice int) {
	var events [tracedPolls]sock.Events
	count = len(q.items)
	for k, it := range q.items {
		i := 0
		for i < len(args) && args[i].Int != int64(q.fds[k]) {
			i++
		}
		switch {
		case i < len(args):
			count--
			if events[i] != 0 && of(it) != 0 {
				twice++
			}
		case i == tracedPolls:
			continue
		default:
			args = append(args, trace.Arg{Name: "poll", Kind: abi.FD, Int: int64(q.fds[k])})
		}
		events[i] |= of(it)
		args[i].Str = pollName(events[i])
	}
	return args, count, twice
}

// tracedPolls bounds how many descriptors of one poll a trace tells.
const tracedPolls = 32

// pollName is a set of events as poll(2) names them.
func pollName(e sock.Events) string {
	var names []string
	for _, b := range [...]struct {
		bit  sock.Events
		name string
	}{{sock.Readable, "POLLIN"}, {sock.Writable, "POLLOUT"}, {sock.Error, "POLLERR"}, {sock.Hangup, "POLLHUP"}, {sock.ReadHangup, "POLLRDHUP"}} {
		if e&b.bit != 0 {
			names = append(names, b.name)
		}
	}
	return strings.Join(names, "|")
}
