package wasi

import (
	"context"

	"socklab/host/abi"
	"socklab/host/sock"
)

// handler makes a call and returns its Errno, or EAI where the table says
// so; 0 is success. Buffers are checked already.
type handler func(ctx context.Context, p *Process, f *frame) int32

// errno makes a handler of a function that returns an Errno.
func errno(h func(ctx context.Context, p *Process, f *frame) abi.Errno) handler {
	return func(ctx context.Context, p *Process, f *frame) int32 { return int32(h(ctx, p, f)) }
}

// onSocket makes a handler of a function of the socket in parameter 0.
func onSocket(h func(ctx context.Context, p *Process, s *openSocket, f *frame) abi.Errno) handler {
	return func(ctx context.Context, p *Process, f *frame) int32 {
		s, err := p.fds.socket(f.num[0])
		if err != abi.OK {
			return int32(err)
		}
		return int32(h(ctx, p, s, f))
	}
}

// handlers is what stands behind package abi's table.
var handlers = [len(abi.Funcs)]handler{
	abi.Socket:        errno(socket),
	abi.SocketPair:    errno(socketPair),
	abi.Bind:          onSocket(bind),
	abi.Listen:        onSocket(listen),
	abi.Accept:        onSocket(accept),
	abi.Connect:       onSocket(connect),
	abi.SendTo:        onSocket(sendTo),
	abi.RecvFrom:      onSocket(recvFrom),
	abi.Shutdown:      onSocket(shutdown),
	abi.GetSockOpt:    onSocket(getSockOpt),
	abi.SetSockOpt:    onSocket(setSockOpt),
	abi.GetSockName:   onSocket(getSockName),
	abi.GetPeerName:   onSocket(getPeerName),
	abi.GetAddrInfo:   getAddrInfo,
	abi.GetNameInfo:   getNameInfo,
	abi.GetHostName:   errno(getHostName),
	abi.GetServByName: errno(getServByName),
	abi.GetServByPort: errno(getServByPort),
	abi.SetNonblock:   errno(setNonblock),
	abi.Dup:           errno(dup),
	abi.Pending:       onSocket(pending),
	abi.Spawn:         errno(spawn),
	abi.WaitPID:       errno(waitPID),
	abi.Kill:          errno(kill),
	abi.SendMsg:       onSocket(sendMsg),
	abi.RecvMsg:       onSocket(recvMsg),
	abi.EpollCreate:   errno(epollCreate),
	abi.SignalFD:      errno(signalFD),
}

func socket(_ context.Context, p *Process, f *frame) abi.Errno {
	family, typ := abi.Family(f.num[0]), abi.Type(f.num[1])
	if !p.fds.room(1) {
		return abi.EMFILE
	}
	s, err := p.cfg.Stack.Socket(family, typ.Base(), abi.Protocol(f.num[2]))
	if err != abi.OK {
		return err
	}
	f.num[3], err = p.addSocket(s, family, typ.Base(), typ&abi.SOCK_NONBLOCK != 0)
	return err
}

func socketPair(_ context.Context, p *Process, f *frame) abi.Errno {
	family, typ := abi.Family(f.num[0]), abi.Type(f.num[1])
	if !p.fds.room(2) {
		return abi.EMFILE
	}
	a, b, err := p.cfg.Stack.SocketPair(family, typ.Base(), abi.Protocol(f.num[2]))
	if err != abi.OK {
		return err
	}
	kept := false
	defer func() {
		if !kept { // also where the first one ends the guest
			b.Close()
		}
	}()
	if f.num[3], err = p.addSocket(a, family, typ.Base(), typ&abi.SOCK_NONBLOCK != 0); err != abi.OK {
		return err
	}
	kept = true // or closed
	f.num[4], err = p.addSocket(b, family, typ.Base(), typ&abi.SOCK_NONBLOCK != 0)
	return err
}

func bind(_ context.Context, _ *Process, s *openSocket, f *frame) abi.Errno {
	sa, err := abi.DecodeSockaddr(f.buf[1])
	if err != abi.OK {
		return err
	}
	return s.Bind(sa)
}

func listen(_ context.Context, _ *Process, s *openSocket, f *frame) abi.Errno {
	return s.Listen(int(f.num[1]))
}

func accept(ctx context.Context, p *Process, s *openSocket, f *frame) abi.Errno {
	if !p.fds.room(1) {
		return abi.EMFILE
	}
	c, from, err := s.Accept(ctx)
	if err != abi.OK {
		return err
	}
	f.setAddr(2, from)
	f.num[3], err = p.addSocket(c, s.family, s.typ, abi.Type(f.num[1])&abi.SOCK_NONBLOCK != 0)
	return err
}

func connect(ctx context.Context, _ *Process, s *openSocket, f *frame) abi.Errno {
	sa, err := abi.DecodeSockaddr(f.buf[1])
	if err != abi.OK {
		return err
	}
	return s.Connect(ctx, sa)
}

func sendTo(ctx context.Context, p *Process, s *openSocket, f *frame) abi.Errno {
	var to abi.Sockaddr
	if len(f.buf[3]) > 0 {
		var err abi.Errno
		if to, err = abi.DecodeSockaddr(f.buf[3]); err != abi.OK {
			return err
		}
	}
	n, err := s.Send(ctx, f.buf[1], abi.MsgFlags(f.num[2]), to)
	if err == abi.OK {
		f.num[4] = int32(n)
		p.sent(s, n)
	}
	return err
}

func recvFrom(ctx context.Context, p *Process, s *openSocket, f *frame) abi.Errno {
	flags := abi.MsgFlags(f.num[2])
	n, from, out, err := s.Recv(ctx, f.buf[1], flags)
	if err != abi.OK {
		return err
	}
	f.n[1], f.num[4] = uint32(n), int32(out)
	f.setAddr(3, from)
	if flags&abi.MSG_PEEK == 0 {
		p.received(s, n)
	}
	return abi.OK
}

func shutdown(_ context.Context, _ *Process, s *openSocket, f *frame) abi.Errno {
	return s.Shutdown(abi.How(f.num[1]))
}

func getSockOpt(_ context.Context, _ *Process, s *openSocket, f *frame) abi.Errno {
	n, err := s.GetOption(abi.Option{Level: abi.Level(f.num[1]), Num: f.num[2]}, f.buf[3])
	f.n[3] = uint32(n)
	return err
}

func setSockOpt(_ context.Context, _ *Process, s *openSocket, f *frame) abi.Errno {
	return s.SetOption(abi.Option{Level: abi.Level(f.num[1]), Num: f.num[2]}, f.buf[3])
}

func getSockName(_ context.Context, _ *Process, s *openSocket, f *frame) abi.Errno {
	sa, err := s.LocalAddr()
	f.setAddr(1, sa)
	return err
}

func getPeerName(_ context.Context, _ *Process, s *openSocket, f *frame) abi.Errno {
	sa, err := s.PeerAddr()
	f.setAddr(1, sa)
	return err
}

func setNonblock(_ context.Context, p *Process, f *frame) abi.Errno {
	d, err := p.fds.get(f.num[0])
	if err != abi.OK {
		return err
	}
	return p.setNonblock(d, f.num[1] != 0)
}

func dup(_ context.Context, p *Process, f *frame) abi.Errno {
	d, err := p.fds.get(f.num[0])
	if err != abi.OK {
		return err
	}
	switch d.kind {
	case fdDevDir, fdDevice, fdFreeze: // those of an interpreter
		return abi.ENOTSUP
	}
	if d.preopen { // a C library that looks for its mounts late would find another
		return abi.ENOTSUP
	}
	if !p.fds.room(1) {
		return abi.EMFILE
	}
	f.num[1] = p.fds.add(d)
	return abi.OK
}

func pending(_ context.Context, _ *Process, s *openSocket, f *frame) abi.Errno {
	n, err := s.Pending()
	f.num[1] = int32(n)
	return err
}

// maxName bounds a name that a guest asks about, in bytes (RFC 1035 has 255).
const maxName = 1025

func getAddrInfo(ctx context.Context, p *Process, f *frame) int32 {
	if len(f.buf[0]) > maxName || len(f.buf[1]) > maxName {
		return int32(abi.EAI_NONAME)
	}
	answers, eai := p.cfg.Stack.GetAddrInfo(ctx, string(f.buf[0]), string(f.buf[1]), sock.Hints{
		Family: abi.Family(f.num[2]), Type: abi.Type(f.num[3]).Base(), Proto: abi.Protocol(f.num[4]), Flags: int(f.num[5])})
	if eai != 0 {
		return int32(eai)
	}
	b := f.buf[6][:0:len(f.buf[6])]
	for _, ai := range answers {
		b = abi.AppendAddrInfo(b, ai) // beyond the room it goes elsewhere, and n tells
	}
	if f.n[6] = uint32(len(b)); len(b) > len(f.buf[6]) {
		copy(f.buf[6], b)
	}
	return 0
}

func getNameInfo(ctx context.Context, p *Process, f *frame) int32 {
	sa, err := abi.DecodeSockaddr(f.buf[0])
	if err != abi.OK {
		return int32(abi.EAI_FAMILY)
	}
	node, service, eai := p.cfg.Stack.GetNameInfo(ctx, sa, int(f.num[1]))
	if eai != 0 {
		return int32(eai)
	}
	f.setText(2, node)
	f.setText(3, service)
	return 0
}

func getHostName(_ context.Context, p *Process, f *frame) abi.Errno {
	f.setText(0, p.cfg.Stack.Hostname())
	return abi.OK
}

func getServByName(_ context.Context, p *Process, f *frame) abi.Errno {
	if len(f.buf[0]) > maxName || len(f.buf[1]) > maxName {
		return abi.ENOENT
	}
	port, ok := p.cfg.Stack.ServiceByName(string(f.buf[0]), string(f.buf[1]))
	if !ok {
		return abi.ENOENT
	}
	f.num[2] = int32(port)
	return abi.OK
}

func getServByPort(_ context.Context, p *Process, f *frame) abi.Errno {
	if len(f.buf[1]) > maxName {
		return abi.ENOENT
	}
	name, ok := p.cfg.Stack.ServiceByPort(int(f.num[0]), string(f.buf[1]))
	if !ok {
		return abi.ENOENT
	}
	f.setText(2, name)
	return abi.OK
}
