package trace

import (
	"slices"
	"time"

	"socklab/host/abi"
)

// Calls is a part of a History, in the order in which the calls began.
type Calls []Entry

// Is reports whether the call is one of that name, where "recv", "send",
// "accept" and "poll" stand for every call that does that: a read on a socket
// is a recv.
func (c *Call) Is(name string) bool {
	if c.Name == name {
		return true
	}
	switch name {
	case "recv":
		return c.Name == "recvfrom" || c.Name == "recvmsg" || c.Sock != 0 && (c.Name == "read" || c.Name == "readv")
	case "send":
		return c.Name == "sendto" || c.Name == "sendmsg" || c.Sock != 0 && (c.Name == "write" || c.Name == "writev")
	case "accept":
		return c.Name == "accept4"
	case "poll":
		return c.Name == "select" || c.Name == "poll_oneoff"
	}
	return false
}

// Flags are the flags of a send or receive.
func (c *Call) Flags() abi.MsgFlags {
	a, _ := c.Arg("flags")
	return abi.MsgFlags(a.Int)
}

// Useless reports whether the call asked a socket and got nothing: an end of
// stream (which will not change), an error, a poll that found nothing in no
// time.
func (c *Call) Useless() bool {
	switch {
	case c.Is("recv"):
		return !c.OK() || c.Ret == 0
	case c.Is("send"), c.Is("accept"), c.Is("connect"):
		return !c.OK()
	}
	return false
}

// Where is the calls that pred says yes to.
func (s Calls) Where(pred func(*Entry) bool) Calls {
	var found Calls
	for i := range s {
		if pred(&s[i]) {
			found = append(found, s[i])
		}
	}
	return found
}

// Of is the calls of one guest.
func (s Calls) Of(guest string) Calls {
	return s.Where(func(e *Entry) bool { return e.Guest == guest })
}

// Named is the calls that are one of the names, as Is has it.
func (s Calls) Named(names ...string) Calls {
	return s.Where(func(e *Entry) bool { return slices.ContainsFunc(names, e.Is) })
}

// On is the calls on one open socket of a guest.
func (s Calls) On(sock uint64) Calls {
	return s.Where(func(e *Entry) bool { return e.Sock == sock })
}

// Find is the call that ref names.
func (s Calls) Find(ref Ref) (Entry, bool) {
	i := slices.IndexFunc(s, func(e Entry) bool { return e.Ref() == ref })
	if i < 0 {
		return Entry{}, false
	}
	return s[i], true
}

// Bytes is how many bytes of streams and datagrams the calls moved; what was
// only peeked at does not count.
func (s Calls) Bytes() int64 {
	n := int64(0)
	for i := range s {
		if c := &s[i].Call; c.OK() && c.Ret > 0 && (c.Is("send") || c.Is("recv")) && c.Flags()&abi.MSG_PEEK == 0 {
			n += c.Ret
		}
	}
	return n
}

// Connection is one socket's part of a History.
type Connection struct {
	Guest string
	Sock  uint64
	Calls Calls
}

// Connections sorts the calls by the socket they are about, in order of
// first use; calls about none are left out.
func (s Calls) Connections() []Connection {
	var all []Connection
	type key struct {
		guest string
		sock  uint64
	}
	index := map[key]int{}
	for i := range s {
		e := &s[i]
		if e.Sock == 0 {
			continue
		}
		k := key{e.Guest, e.Sock}
		n, ok := index[k]
		if !ok {
			n = len(all)
			index[k] = n
			all = append(all, Connection{Guest: e.Guest, Sock: e.Sock})
		}
		all[n].Calls = append(all[n].Calls, *e)
	}
	return all
}

// AfterEOF is the receives of one connection that came after the end of its
// stream had been told once.
func (s Calls) AfterEOF() Calls {
	var after Calls
	ended := false
	for i := range s {
		e := &s[i]
		if !e.Is("recv") || e.Kind == Enter && !ended {
			continue
		}
		if ended {
			after = append(after, *e)
		} else if n, room := e.Ret, e.room(); e.OK() && e.Kind == Exit && n == 0 && room != 0 {
			ended = true
		}
	}
	return after
}

// room is how many bytes a send or receive was about.
func (c *Call) room() int64 {
	for _, a := range c.Args {
		if (a.Kind == abi.In || a.Kind == abi.Out) && a.As == abi.Plain {
			return a.Int
		}
	}
	return -1
}

// Asked is how many bytes a send offered or a receive had room for, -1 if
// that is not known.
func (c *Call) Asked() int64 { return c.room() }

// ShortSends is the sends that took less than they were offered.
func (s Calls) ShortSends() Calls {
	return s.Where(func(e *Entry) bool {
		return e.Is("send") && e.Kind == Exit && e.OK() && e.Ret < e.room()
	})
}

// UnreadAtClose is the closes that threw away bytes nobody had read, which
// makes a reset of a polite end.
func (s Calls) UnreadAtClose() Calls {
	queued := map[Ref]int{} // by guest and socket
	var found Calls
	for i := range s {
		e := &s[i]
		k := Ref{e.Guest, e.Sock}
		if e.Name == "close" && e.Sock != 0 && (e.Queued > 0 || e.Queued < 0 && queued[k] > 0) {
			found = append(found, *e)
		}
		if e.Queued >= 0 {
			queued[k] = e.Queued
		}
	}
	return found
}

// Busiest is the most calls that began within any span of that length.
func (s Calls) Busiest(span time.Duration) int {
	most, first := 0, 0
	for i := range s {
		for s[i].Start.Sub(s[first].Start) >= span {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// Around is the excerpt that explains one row: up to before calls of the same
// guest before it, the row, and up to after calls behind it. Calls on the
// row's own socket, and those that made it, go before others.
func (s Calls) Around(ref Ref, before, after int) Calls {
	mine := s.Of(ref.Guest)
	at := slices.IndexFunc(mine, func(e Entry) bool { return e.Seq == ref.Seq })
	if at < 0 {
		return nil
	}
	row := mine[at]
	keep := map[int]bool{at: true}
	about := func(e *Entry) bool {
		return row.Sock != 0 && e.Sock == row.Sock || row.FD >= 0 && e.OK() && e.Ret == int64(row.FD) && (e.Is("accept") || e.Name == "socket")
	}
	pick := func(from, to, step, n int) {
		for _, related := range []bool{true, false} {
			for i := from; i != to && n > 0; i += step {
				if !keep[i] && (!related || about(&mine[i])) {
					keep[i] = true
					n--
				}
			}
		}
	}
	pick(at-1, -1, -1, before)
	pick(at+1, len(mine), 1, after)
	var found Calls
	for i := range mine {
		if keep[i] {
			found = append(found, mine[i])
		}
	}
	return found
}
