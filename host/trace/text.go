package trace

import (
	"strconv"
	"time"

	"socklab/host/abi"
)

// The text form is a line in strace's manner:
//
//	0.012345 upper[7] recv(5, "hello", 1024, 0) = 5 <0.000123> [0,5) ESTABLISHED
//	0.012400 talk[3] connect(5, 127.0.0.1:9000) = -1 ECONNREFUSED (connection refused) <0.000080> # nobody listens there
//	0.012500 upper[8] recv(5, …) waiting
//	0.912500 upper[8] recv(5, …) = ? <0.900000>
//
// seconds since a chosen moment, guest[number of its call], the call as its
// man page has it, its result, how long it took. What follows is left out
// where there is nothing to say: "waited" (the part spent waiting for
// somebody else), the stream's bytes that moved, the TCP state, "queued" (the
// bytes that wait to be received), "injected:" and a fault rule, and after #
// why it failed. ParseText reads it back; what the line does not show
// (sockets' identities, data beyond textData bytes) is lost: JSON lines keep
// everything.

// textData is how many bytes of data a line shows.
const textData = 32

// Text is AppendText as a string.
func (e Event) Text(since time.Time) string { return string(AppendText(nil, e, since)) }

// AppendText appends an event's line, without a newline, with its time in
// seconds after since. Whatever a guest gave is escaped: the line has no
// control characters.
func AppendText(b []byte, e Event, since time.Time) []byte {
	c := &e.Call
	b = appendSeconds(b, c.Start.Sub(since))
	b = append(b, ' ')
	b = appendWord(b, c.Guest)
	b = append(b, '[')
	b = strconv.AppendUint(b, c.Seq, 10)
	b = append(b, "] "...)
	b = appendWord(b, c.Name)
	b = append(b, '(')
	b = appendArgs(b, e)
	b = append(b, ')')
	switch e.Kind {
	case Enter:
		return append(b, " waiting"...)
	case Abort:
		b = append(b, " = ?"...)
	case Exit:
		b = append(b, " = "...)
		b = strconv.AppendInt(b, c.Ret, 10)
		switch {
		case c.EAI != 0:
			b = append(b, ' ')
			b = append(b, c.EAI.Name()...)
			b = append(append(append(b, " ("...), c.EAI.Error()...), ')')
		case c.Err != abi.OK:
			b = append(b, ' ')
			b = append(b, c.Err.Name()...)
			b = append(append(append(b, " ("...), c.Err.Error()...), ')')
		}
	}
	b = append(b, " <"...)
	b = appendSeconds(b, c.Took)
	b = append(b, '>')
	if c.Blocked > 0 {
		b = append(b, " waited "...)
		b = appendSeconds(b, c.Blocked)
	}
	if c.From != c.To {
		b = append(b, " ["...)
		b = strconv.AppendInt(b, c.From, 10)
		b = append(b, ',')
		b = strconv.AppendInt(b, c.To, 10)
		b = append(b, ')')
	}
	if c.State != "" {
		b = append(b, ' ')
		b = appendWord(b, c.State)
	}
	if c.Queued > 0 {
		b = append(b, " queued "...)
		b = strconv.AppendInt(b, int64(c.Queued), 10)
	}
	if c.Injected != "" {
		b = append(b, " injected:"...)
		b = appendWord(b, c.Injected)
	}
	if c.Note != "" {
		b = append(b, " # "...)
		b = appendEscaped(b, []byte(c.Note), 0)
	}
	return b
}

func appendArgs(b []byte, e Event) []byte {
	c := &e.Call
	n := 0
	sep := func() {
		if n++; n > 1 {
			b = append(b, ", "...)
		}
	}
	if c.FD >= 0 {
		sep()
		b = strconv.AppendInt(b, int64(c.FD), 10)
	}
	if c.Is("poll") {
		sep()
		b = appendPolled(b, c)
	}
	option := abi.Option{}
	for i := range c.Args {
		a := &c.Args[i]
		switch {
		case c.Is("poll") && a.Name == "count":
			continue
		case a.Kind == abi.FD || a.Kind == abi.ResFD:
			continue // FD stands first, a new one is the result; of two new ones, see Pair
		case a.Kind == abi.Res && (a.Int == 0 && a.As != abi.AsStatus || a.As == abi.Plain):
			continue
		case a.As == abi.AsAddr && (a.Str == "" || a.Str == "-" || a.Kind == abi.Out && (e.Kind != Exit || !c.OK())):
			continue // no address: a send to the connected peer, an answer not yet there
		case acceptFlags(a) && a.Int == 0:
			continue
		}
		sep()
		switch a.As {
		case abi.AsLevel:
			option.Level = abi.Level(a.Int)
		case abi.AsOption:
			option.Num = int32(a.Int)
		}
		b = appendArg(b, e, a, option)
	}
	if fd0, fd1, ok := c.Pair(); ok && e.Kind == Exit && c.OK() {
		sep()
		b = append(b, '[')
		b = strconv.AppendInt(b, int64(fd0), 10)
		b = append(b, ", "...)
		b = strconv.AppendInt(b, int64(fd1), 10)
		b = append(b, ']')
	}
	return b
}

// appendPolled writes what a poll is about: {3:POLLIN 5:POLLOUT}, what was
// asked while it waits, what was so when it has ended.
func appendPolled(b []byte, c *Call) []byte {
	b = append(b, '{')
	n, count := 0, int64(0)
	for _, a := range c.Args {
		if a.Name == "count" {
			count = a.Int
		}
		if a.Kind != abi.FD {
			continue
		}
		if n++; n > 1 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, a.Int, 10)
		b = append(b, ':')
		b = append(b, a.Str...)
	}
	if int64(n) < count {
		b = append(b, " …"...)
	}
	return append(b, '}')
}

// acceptFlags: of accept4's flags only those that are set are shown.
func acceptFlags(a *Arg) bool { return a.As == abi.AsType && a.Name == "flags" }

func appendArg(b []byte, e Event, a *Arg, option abi.Option) []byte {
	out := a.Kind == abi.Out
	if out && (e.Kind != Exit || !e.Call.OK()) {
		b = append(b, "…"...)
		if a.As == abi.Plain {
			b = append(b, ", "...)
			b = strconv.AppendInt(b, a.Int, 10)
		}
		return b
	}
	switch a.As {
	case abi.AsAddr:
		return appendAddr(b, a.Str)
	case abi.AsText:
		return appendString(b, []byte(a.Str))
	case abi.AsOther:
		return formOf(a, option).append(b, a.Raw)
	case abi.AsOption:
		return append(b, option.Name()...)
	}
	if (a.Kind == abi.In || out) && a.As == abi.Plain {
		whole := int(e.Call.Ret)
		if e.Kind != Exit || !e.Call.OK() {
			whole = int(a.Int)
		}
		data := e.Call.Data
		if len(data) == 0 && a.Kind == abi.In { // not sent yet, or not at all
			data = a.Raw
		}
		b = appendQuoted(b, data, whole)
		b = append(b, ", "...)
		return strconv.AppendInt(b, a.Int, 10)
	}
	if a.Str != "" { // such as the list of descriptors of a poll
		return appendString(b, []byte(a.Str))
	}
	return append(b, Symbol(a.As, a.Int)...)
}

// Symbol prints a number by its meaning: AF_INET, MSG_PEEK|MSG_DONTWAIT; as
// digits where it has no name.
func Symbol(as abi.As, v int64) string {
	switch as {
	case abi.AsFamily:
		return abi.Family(v).Name()
	case abi.AsType:
		t := abi.Type(v)
		if t.Base() == 0 {
			return flagNames(typeFlags, v)
		}
		if s := flagNames(typeFlags, int64(t&^t.Base())); s != "0" {
			return t.Name() + "|" + s
		}
		return t.Name()
	case abi.AsProtocol:
		return abi.Protocol(v).Name()
	case abi.AsHow:
		return abi.How(v).Name()
	case abi.AsLevel:
		return abi.Level(v).Name()
	case abi.AsMsgFlags:
		return flagNames(abi.MsgFlagNames, v)
	case abi.AsAIFlags:
		return flagNames(abi.AIFlagNames, v)
	case abi.AsNIFlags:
		return flagNames(abi.NIFlagNames, v)
	case abi.AsSpawnFlags:
		return flagNames(abi.SpawnFlagNames, v)
	case abi.AsWaitFlags:
		return flagNames(abi.WaitFlagNames, v)
	case abi.AsStatus:
		if v&0x7f != 0 {
			return "signal:" + strconv.FormatInt(v&0x7f, 10)
		}
		return "exit:" + strconv.FormatInt(v>>8, 10)
	}
	return strconv.FormatInt(v, 10)
}

var typeFlags = []abi.Named{
	{Name: "SOCK_NONBLOCK", Value: int64(abi.SOCK_NONBLOCK)}, {Name: "SOCK_CLOEXEC", Value: int64(abi.SOCK_CLOEXEC)},
}

func flagNames(names []abi.Named, v int64) string {
	s := ""
	for _, n := range names {
		if v&n.Value == n.Value {
			v &^= n.Value
			s += "|" + n.Name
		}
	}
	if v != 0 || s == "" {
		s += "|" + strconv.FormatInt(v, 10)
	}
	return s[1:]
}
