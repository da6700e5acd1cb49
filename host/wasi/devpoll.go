package wasi

import (
	"context"
	"encoding/binary"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// The events of poll(2), with Linux's numbers.
const (
	pollIn    = 0x1
	pollOut   = 0x4
	pollErr   = 0x8
	pollHup   = 0x10
	pollNval  = 0x20
	pollRdHup = 0x2000
)

// devicePoll makes a requestPoll.
func (p *Process) devicePoll(ctx context.Context, req []byte) abi.Errno {
	if len(req) < 8 || len(req)%8 != 0 || len(req)/8-1 > maxSubscriptions {
		return abi.EINVAL
	}
	timeout := time.Duration(binary.LittleEndian.Uint64(req))
	req = req[8:]
	q := &p.poll
	q.items, q.subs, q.fds = q.items[:0], q.subs[:0], q.fds[:0]
	var gates sock.Gates
	reply := binary.LittleEndian.AppendUint32(p.device.reply, 0)
	ready := func(index int, events uint32) {
		reply = binary.LittleEndian.AppendUint32(reply, uint32(index))
		reply = binary.LittleEndian.AppendUint32(reply, events)
	}
	for i := range len(req) / 8 {
		fd := int32(binary.LittleEndian.Uint32(req[8*i:]))
		events := binary.LittleEndian.Uint32(req[8*i+4:])
		f, errno := p.fds.get(fd)
		src, always := p.polled(f, events)
		switch {
		case errno != abi.OK:
			ready(i, pollNval)
		case src == nil && always != 0:
			ready(i, always)
		case src != nil:
			want := wanted(events)
			if f.kind == fdSocket {
				gates.Add(f.sock.Socket, len(q.items), want)
			}
			q.add(src, want, i, fd)
		}
	}
	if len(reply) > 4 {
		timeout = 0
	}
	t := p.enterPoll(timeout, 1)
	n, errno := gates.Wait(ctx, q.poller, q.items, timeout)
	if errno == abi.OK {
		for k := range q.items {
			if r := q.items[k].Ready; r != 0 {
				ready(q.subs[k], happened(r))
			}
		}
		n = (len(reply) - 4) / 8
	} else {
		reply = binary.LittleEndian.AppendUint32(reply[:0], uint32(p.interrupt.end(errno)))
	}
	p.exitPoll(ctx, t, n, errno)
	p.device.reply = reply
	return abi.OK
}

// polled is what to wait on for a descriptor; nil if there is nothing to wait
// for, and then the events that are so of it.
func (p *Process) polled(f *file, events uint32) (sock.Source, uint32) {
	switch {
	case f == nil:
		return nil, 0
	case f.kind == fdSocket:
		return f.sock.Source(), 0
	case f.kind == fdStdio && f.inner == 0 && p.stdin.file != nil && events&pollIn != 0:
		return p.stdin.source(), 0
	case f.kind == fdStdio && f.inner != 0:
		return nil, events & pollOut
	}
	return nil, events & (pollIn | pollOut)
}

func wanted(events uint32) (want sock.Events) {
	if events&pollIn != 0 {
		want |= sock.Readable
	}
	if events&pollOut != 0 {
		want |= sock.Writable
	}
	if events&pollRdHup != 0 {
		want |= sock.ReadHangup
	}
	return want
}

func happened(r sock.Events) (events uint32) {
	for _, b := range [...]struct {
		event sock.Events
		bit   uint32
	}{{sock.Readable, pollIn}, {sock.Writable, pollOut}, {sock.Error, pollErr}, {sock.Hangup, pollHup}, {sock.ReadHangup, pollRdHup}} {
		if r&b.event != 0 {
			events |= b.bit
		}
	}
	return events
}
