package wasi

import (
	"context"
	"encoding/binary"
	"fmt"

	"socklab/host/abi"
	"socklab/host/sock"
)

// maxControls bounds how many control messages one send may have: more than
// there are kinds, and few enough to look at.
const maxControls = 32

// sendMsg is sendto with control messages.
func sendMsg(ctx context.Context, p *Process, s *openSocket, f *frame) abi.Errno {
	var to abi.Sockaddr
	if len(f.buf[3]) > 0 {
		var err abi.Errno
		if to, err = abi.DecodeSockaddr(f.buf[3]); err != abi.OK {
			return err
		}
	}
	control, rights, err := p.controls(s, f.buf[4])
	if err != abi.OK {
		return err
	}
	if err := p.sendRights(s, rights); err != abi.OK {
		return err
	}
	n, err := sock.SendMsg(ctx, s.Socket, f.buf[1], abi.MsgFlags(f.num[2]), to, control)
	if err == abi.OK {
		f.num[5] = int32(n)
		p.passing += rights
		s.passing += rights
		p.sent(s, n)
	}
	return err
}

// controls reads the control messages that a guest gives, and finds what its
// SCM_RIGHTS speak of.
func (p *Process) controls(s *openSocket, b []byte) (all []sock.Control, rights int, err abi.Errno) {
	for {
		c, rest, ok, err := abi.DecodeControl(b)
		if err != abi.OK || !ok {
			return all, rights, err
		}
		if b = rest; len(all) == maxControls {
			return nil, 0, abi.EINVAL
		}
		if err := c.Sendable(); err != abi.OK {
			p.why = fmt.Sprintf("no control message of level %s and type %d can be sent from here", c.Level.Name(), c.Type)
			return nil, 0, err
		}
		one := sock.Control{Level: c.Level, Type: c.Type, Data: c.Data}
		if c.Rights() {
			if s.family != abi.AF_UNIX {
				p.why = "descriptors can be passed over AF_UNIX sockets only"
				return nil, 0, abi.EINVAL
			}
			if one.Sockets, err = p.rights(c.Data); err != abi.OK {
				return nil, 0, err
			}
			one.Data = nil
			if rights += len(one.Sockets); rights > sock.MaxRights {
				return nil, 0, abi.EINVAL
			}
			if len(one.Sockets) == 0 { // as Linux has it, which leaves it out
				continue
			}
		}
		all = append(all, one)
	}
}

// rights finds the sockets of descriptors.
func (p *Process) rights(data []byte) (found []sock.Socket, err abi.Errno) {
	for ; len(data) >= 4; data = data[4:] {
		fd := int32(binary.LittleEndian.Uint32(data))
		f, err := p.fds.get(fd)
		if err != abi.OK {
			return nil, err
		}
		if f.kind != fdSocket {
			p.why = fmt.Sprintf("descriptor %d is no socket: only sockets and pipes can be passed from here", fd)
			return nil, abi.EOPNOTSUPP
		}
		found = append(found, f.sock.Socket)
	}
	return found, abi.OK
}

// sendRights refuses to have more descriptors on their way than may be open:
// they would be the host's to keep, and nobody's to count.
func (p *Process) sendRights(s *openSocket, n int) abi.Errno {
	if n == 0 {
		return abi.OK
	}
	if s.passing > 0 && s.Info().Out == 0 { // all that was sent has been taken
		p.passing -= s.passing
		s.passing = 0
	}
	if p.passing+n > p.fds.limit() {
		p.why = fmt.Sprintf("%d descriptors that were sent have not been received yet, as far as can be told", p.passing)
		return abi.ENOBUFS
	}
	return abi.OK
}

// recvMsg is recvfrom with control messages.
func recvMsg(ctx context.Context, p *Process, s *openSocket, f *frame) abi.Errno {
	flags, room := abi.MsgFlags(f.num[2]), len(f.buf[4])
	var control sock.Controls
	if s.family == abi.AF_UNIX {
		control.Rights = min(max(abi.ControlRoom(room), 0)/4, sock.MaxRights, p.fds.left())
	}
	defer func() { control.Close() }() // whatever ends the guest meanwhile
	n, from, out, err := sock.RecvMsg(ctx, s.Socket, f.buf[1], flags&^abi.MSG_CMSG_CLOEXEC, &control)
	if err != abi.OK {
		return err
	}
	b := f.buf[4][:0:room]
	for i := range control.List {
		c := &control.List[i]
		one := abi.Control{Level: c.Level, Type: c.Type, Data: c.Data}
		if one.Rights() {
			var all bool
			if one.Data, all = p.adopt(c, abi.ControlRoom(room-len(b))/4); !all {
				out |= abi.MSG_CTRUNC
			}
			if len(one.Data) == 0 {
				continue
			}
		}
		var all bool
		if b, all = abi.AppendControl(b, one, room); !all {
			out |= abi.MSG_CTRUNC
		}
	}
	f.n[1], f.n[4], f.num[5] = uint32(n), uint32(len(b)), int32(out)
	f.setAddr(3, from)
	if flags&abi.MSG_PEEK == 0 {
		p.received(s, n)
	}
	return abi.OK
}

// adopt gives descriptors to the sockets that came, as far as there is room
// for them, and closes the others.
func (p *Process) adopt(c *sock.Control, room int) (data []byte, all bool) {
	all = true
	for len(c.Sockets) > 0 {
		came := c.Sockets[0]
		c.Sockets = c.Sockets[1:]
		if len(data)/4 >= room || !p.fds.room(1) {
			came.Close()
			all = false
			continue
		}
		mine, err := sock.Adopt(p.cfg.Stack, came)
		if err != abi.OK {
			all = false
			if p.cfg.Explain != nil || p.cfg.Recorder != nil {
				p.dropped(err)
			}
			continue
		}
		info := mine.Info()
		fd, err := p.addSocket(mine, info.Family, info.Type, false)
		if err != abi.OK {
			all = false
			continue
		}
		data = binary.LittleEndian.AppendUint32(data, uint32(fd))
	}
	return data, all
}

// dropped leaves why a socket that came was refused.
func (p *Process) dropped(err abi.Errno) {
	p.why = "a socket that came was dropped: " + err.Error()
	if x, ok := p.cfg.Stack.(sock.Explainer); ok {
		if why := x.Explain(); why != "" {
			p.why = why
		}
	}
}
