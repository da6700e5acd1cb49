package check

import (
	"go.starlark.net/starlark"

	"socklab/host/trace"
)

// socketView is one socket of a guest, for scripts: open or closed.
type socketView struct {
	g *guest
	s *watched
}

func (v *socketView) kind() string { return "socket" }

func (v *socketView) properties() []string {
	return []string{"id", "fd", "port", "peer_port", "listens", "received", "sent", "eof", "broken", "shut", "closed", "unread", "calls", "after_eof"}
}

func (v *socketView) calls() trace.Calls { return v.g.calls().On(v.s.id) }

func (v *socketView) property(name string) (starlark.Value, error) {
	s := v.s
	switch name {
	case "id":
		return starlark.MakeUint64(s.id), nil
	case "fd":
		fd := -1
		if calls := v.calls(); len(calls) > 0 {
			fd = calls[len(calls)-1].FD
		}
		return starlark.MakeInt(fd), nil
	case "port":
		return starlark.MakeInt(int(s.local.Load())), nil
	case "peer_port":
		return starlark.MakeInt(int(s.peer.Load())), nil
	case "listens":
		return starlark.Bool(s.listens.Load()), nil
	case "received":
		return starlark.MakeInt64(s.received.Load()), nil
	case "sent":
		return starlark.MakeInt64(s.sent.Load()), nil
	case "eof":
		return starlark.Bool(s.eof.Load()), nil
	case "broken":
		return starlark.Bool(s.broken.Load()), nil
	case "shut":
		return starlark.Bool(s.shut.Load()), nil
	case "closed":
		return starlark.Bool(s.closed.Load()), nil
	case "unread": // bytes thrown away by close
		return starlark.MakeInt64(s.unread.Load()), nil
	case "calls":
		return v.g.t.callList(v.calls()), nil
	case "after_eof": // receives after the end of the stream had been told
		return v.g.t.callList(v.calls().AfterEOF()), nil
	}
	return nil, nil
}

func (v *socketView) methods() map[string]method { return nil }
