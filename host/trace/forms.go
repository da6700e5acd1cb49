package trace

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"socklab/host/abi"
)

// form is what the bytes of an argument mean, and so how a line shows them:
//
//	[1]                        number: an option without a form of its own
//	[ECONNREFUSED]             errno: SO_ERROR; [0] is none
//	{tv_sec=0, tv_usec=50000}  timeval: SO_RCVTIMEO, SO_SNDTIMEO
//	{l_onoff=1, l_linger=0}    linger: SO_LINGER
//	[127.0.0.1:80 SOCK_STREAM IPPROTO_TCP, [::1]:80 SOCK_STREAM IPPROTO_TCP ai_canonname="localhost", …]
//	                           answers: of getaddrinfo, … for those that the trace has not kept
//	[SCM_RIGHTS 5 6, IP_TTL 64, IP_PKTINFO 1 127.0.0.1 127.0.0.1]
//	                           control: control messages: their numbers, and interface and addresses of a packet
//
// Fields have the names of the man pages, which are what a program gave: a
// number of microseconds that is none shows as it is. Bytes that are not
// what their form says, to the last one, are shown quoted.
type form uint8

const (
	asNumber form = iota
	asErrno
	asTimeval
	asLinger
	asAnswers
	asControl
)

var optionForms = map[abi.Option]form{
	{Level: abi.SOL_SOCKET, Num: abi.SO_ERROR}:    asErrno,
	{Level: abi.SOL_SOCKET, Num: abi.SO_RCVTIMEO}: asTimeval,
	{Level: abi.SOL_SOCKET, Num: abi.SO_SNDTIMEO}: asTimeval,
	{Level: abi.SOL_SOCKET, Num: abi.SO_LINGER}:   asLinger,
}

// formOf tells the form of an argument by its name in the table of calls;
// option is the one that the call is about, if it is about one.
func formOf(a *Arg, option abi.Option) form {
	switch a.Name {
	case "answers":
		return asAnswers
	case "control":
		return asControl
	case "value":
		return optionForms[option]
	}
	return asNumber
}

// example is a value of the form.
func (f form) example() string {
	return [...]string{
		asNumber: "[1]", asErrno: "[ECONNREFUSED]", asTimeval: "{tv_sec=0, tv_usec=50000}", asLinger: "{l_onoff=1, l_linger=0}",
		asAnswers: "[127.0.0.1:80 SOCK_STREAM IPPROTO_TCP]", asControl: "[SCM_RIGHTS 5]",
	}[f]
}

// layout is a struct of two numbers.
type layout struct {
	bits   int
	fields [2]string
}

var layouts = map[form]layout{
	asTimeval: {64, [2]string{"tv_sec", "tv_usec"}},
	asLinger:  {32, [2]string{"l_onoff", "l_linger"}},
}

// append writes bytes in the form, if that is what they are.
func (f form) append(b, raw []byte) []byte {
	if l, ok := layouts[f]; ok && len(raw) == 2*l.bits/8 {
		return l.append(b, raw)
	}
	switch {
	case f == asAnswers:
		return appendAnswers(b, raw)
	case f == asControl:
		return appendControls(b, raw)
	case len(raw) != 4:
		return appendString(b, raw)
	}
	n := int32(binary.LittleEndian.Uint32(raw))
	text := strconv.Itoa(int(n))
	if e := abi.Errno(n); f == asErrno && n > 0 && n <= int32(abi.ENOTCAPABLE) {
		text = e.Name()
	}
	return append(append(append(b, '['), text...), ']')
}

// parse undoes append; it reports false if the value has another form.
func (f form) parse(v value) (raw []byte, ok bool) {
	switch {
	case v.kind == 's' && !v.more:
		return []byte(v.s), true
	case v.kind == 'b' && !v.two && f < asAnswers:
		return int4(v.n), true
	case v.kind == 'l' && f == asAnswers:
		return parseAnswers(v.s)
	case v.kind == 'l' && f == asControl:
		return parseControls(v.s)
	case v.kind == 'l' && f == asErrno:
		e, ok := abi.ParseErrno(v.s)
		return int4(int64(e)), ok
	case v.kind == 'p':
		if l, ok := layouts[f]; ok {
			return l.parse(v.s)
		}
	}
	return nil, false
}

func (l layout) append(b, raw []byte) []byte {
	for i, name := range l.fields {
		n := int64(0)
		if l.bits == 64 {
			n = int64(binary.LittleEndian.Uint64(raw[8*i:]))
		} else {
			n = int64(int32(binary.LittleEndian.Uint32(raw[4*i:])))
		}
		b = append(append(append(b, "{ "[i:][0]), name...), '=')
		b = append(strconv.AppendInt(b, n, 10), ",}"[i])
	}
	return b
}

func (l layout) parse(s string) (raw []byte, ok bool) {
	texts := strings.Split(s, ", ")
	if len(texts) != len(l.fields) {
		return nil, false
	}
	for i, name := range l.fields {
		digits, ok := strings.CutPrefix(texts[i], name+"=")
		n, err := strconv.ParseInt(digits, 10, l.bits)
		if !ok || err != nil {
			return nil, false
		}
		if l.bits == 64 {
			raw = binary.LittleEndian.AppendUint64(raw, uint64(n))
		} else {
			raw = binary.LittleEndian.AppendUint32(raw, uint32(n))
		}
	}
	return raw, true
}

// int4 is the value of an option that is one number.
func int4(n int64) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }

// appendAnswers writes what the trace has kept of getaddrinfo's answers.
func appendAnswers(b, raw []byte) []byte {
	start := len(b)
	b = append(b, '[')
	rest, n := raw[:min(len(raw), DataMax)], 0
	for ; len(rest) > 0; n++ {
		ai, next, ok := abi.DecodeAddrInfo(rest)
		if !ok {
			break
		}
		text := appendAnswer(nil, ai)
		// What the text leaves out, such as a flow label, must not be there.
		p := parser{in: string(text)}
		if back, ok := p.answer(); !ok || !bytes.Equal(abi.AppendAddrInfo(nil, back), rest[:len(rest)-len(next)]) {
			break
		}
		if n > 0 {
			b = append(b, ", "...)
		}
		b, rest = append(b, text...), next
	}
	switch {
	case n == 0 && len(raw) > 0:
		return appendString(b[:start], raw)
	case len(rest) > 0 || len(raw) > DataMax:
		b = append(b, ", …"...)
	}
	return append(b, ']')
}

func appendAnswer(b []byte, ai abi.AddrInfo) []byte {
	ip := ai.Addr.IP
	if ai.Addr.Zone != 0 {
		ip = netip.AddrPortFrom(ip.Addr().WithZone(strconv.FormatUint(uint64(ai.Addr.Zone), 10)), ip.Port())
	}
	b = append(append(b, ip.String()...), ' ')
	b = append(append(b, Symbol(abi.AsType, int64(ai.Type))...), ' ')
	b = append(b, Symbol(abi.AsProtocol, int64(ai.Protocol))...)
	if ai.Canonical != "" {
		b = appendString(append(b, " ai_canonname="...), []byte(ai.Canonical))
	}
	return b
}

func parseAnswers(s string) (raw []byte, ok bool) {
	for p := (parser{in: s}); p.rest() != ""; {
		if len(raw) > 0 && !p.take(", ") {
			return nil, false
		}
		if p.rest() == "…" && len(raw) > 0 {
			return append(raw, 0), true // the beginning of another one
		}
		ai, ok := p.answer()
		if !ok {
			return nil, false
		}
		raw = abi.AppendAddrInfo(raw, ai)
	}
	return raw, true
}

// answer undoes appendAnswer.
func (p *parser) answer() (ai abi.AddrInfo, ok bool) {
	ip, err := netip.ParseAddrPort(p.until(" "))
	if err != nil {
		return ai, false
	}
	ai.Addr = abi.InetAddr(ip)
	ai.Family = ai.Addr.Family
	if zone := ip.Addr().Zone(); zone != "" {
		n, err := strconv.ParseUint(zone, 10, 32)
		if err != nil {
			return ai, false
		}
		ai.Addr.Zone = uint32(n)
	}
	p.take(" ")
	typ, ok1 := number(abi.AsType, value{kind: 'w', s: p.until(" ")})
	p.take(" ")
	protocol, ok2 := number(abi.AsProtocol, value{kind: 'w', s: p.until(" ,")})
	ai.Type, ai.Protocol = abi.Type(typ), abi.Protocol(protocol)
	if p.take(` ai_canonname="`) {
		name, err := p.quoted()
		if err != nil {
			return ai, false
		}
		ai.Canonical = string(name)
	}
	return ai, ok1 && ok2
}
