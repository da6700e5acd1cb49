package trace

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"socklab/host/abi"
)

// arguments names what stands between the parentheses: by the call's entry in
// package abi's table if it has one, else by what it looks like.
func (p *parser) arguments(e *Event, values []value) error {
	c := &e.Call
	var params []abi.Param
	for i := range abi.Funcs {
		if abi.Funcs[i].Name == c.Name {
			params = abi.Funcs[i].Params
		}
	}
	next := func() (v value, ok bool) {
		if len(values) == 0 {
			return v, false
		}
		v, values = values[0], values[1:]
		return v, true
	}
	if len(values) > 0 && values[0].kind == 'n' && (len(params) == 0 || params[0].Kind == abi.FD) && values[0].n >= 0 && values[0].n < 1<<31 {
		v, _ := next()
		c.FD = int(v.n)
	}
	if c.Is("poll") {
		if len(values) > 0 && values[0].kind == 'p' {
			v, _ := next()
			c.Args = polled(v.s)
		}
		if len(values) > 0 && values[0].kind == 'n' {
			v, _ := next()
			c.Args = append(c.Args, Arg{Name: "timeout_ms", Kind: abi.Int, Int: v.n})
		}
	}
	option := abi.Option{}
	for _, param := range params {
		if len(values) == 0 {
			break
		}
		v := values[0]
		a := Arg{Name: param.Name, As: param.As, Kind: param.Kind}
		switch {
		case param.Kind == abi.FD:
			continue
		case param.Kind == abi.ResFD:
			if v.kind == 'b' && v.two {
				a.Int = v.n
				if param.Name == "fd1" {
					a.Int = v.n2
					next()
				}
				c.Args = append(c.Args, a)
			}
			continue
		case param.Kind == abi.Res && !(v.kind == 'w' && param.As != abi.Plain):
			continue
		case param.As == abi.AsAddr && (v.kind == 'l' || v.kind == 'w' && !isInet(v.s) || param.Kind == abi.Out && (e.Kind != Exit || !c.OK())):
			continue // left out: the next one is a flag, or the answer never came
		case acceptFlags(&a) && !strings.HasPrefix(v.s, "SOCK_"):
			continue
		}
		if !known(&a, v, option) {
			if a.As == abi.AsOther {
				p.at = v.at
				return fmt.Errorf("expected bytes in quotes, or a value such as %s", formOf(&a, option).example())
			}
			break
		}
		next()
		switch a.As {
		case abi.AsLevel:
			option.Level = abi.Level(a.Int)
		case abi.AsOption:
			option.Num = int32(a.Int)
		}
		if (a.Kind == abi.In || a.Kind == abi.Out) && a.As == abi.Plain {
			if v.kind == 's' {
				c.Data = []byte(v.s)
			}
			if len(values) > 0 && values[0].kind == 'n' {
				size, _ := next()
				a.Int = size.n
			} else {
				a.Int = int64(len(v.s))
			}
		}
		c.Args = append(c.Args, a)
	}
	for _, v := range values {
		if v.kind == 'p' || v.kind == 'l' || v.two {
			p.at = v.at
			return errors.New("expected an argument that is no struct or list")
		}
		c.Args = append(c.Args, guess(v))
	}
	return nil
}

// polled undoes appendPolled; what is not of its form is left out.
func polled(s string) []Arg {
	var args []Arg
	count := int64(0)
	for _, item := range strings.Fields(s) {
		count++
		fd, events, ok := strings.Cut(item, ":")
		n, err := strconv.ParseInt(fd, 10, 32)
		if !ok || err != nil || strings.Trim(events, "POLINUTERHD|") != "" {
			continue
		}
		args = append(args, Arg{Name: "poll", Kind: abi.FD, Int: n, Str: events})
	}
	return append(args, Arg{Name: "count", Kind: abi.Int, Int: count})
}

// known sets a from a value whose meaning the table knows; it reports false
// if that cannot be.
func known(a *Arg, v value, option abi.Option) bool {
	if v.kind == '.' {
		return a.Kind == abi.Out || a.As == abi.AsAddr // as if it were left out
	}
	switch a.As {
	case abi.AsAddr, abi.AsText:
		a.Str = v.s
		return v.kind == 's' || a.As == abi.AsAddr && v.kind == 'w'
	case abi.AsOther:
		raw, ok := formOf(a, option).parse(v)
		a.Raw = raw
		return ok
	case abi.AsOption:
		if v.kind == 'n' {
			a.Int = v.n
			return true
		}
		for n := range int64(256) {
			if o := (abi.Option{Level: option.Level, Num: int32(n)}); o.Known() && o.Name() == v.s {
				a.Int = n
				return true
			}
		}
		return false
	}
	if a.Kind == abi.In || a.Kind == abi.Out {
		return v.kind == 's'
	}
	n, ok := number(a.As, v)
	a.Int = n
	return ok
}

// number undoes Symbol.
func number(as abi.As, v value) (int64, bool) {
	if v.kind == 'n' {
		return v.n, true
	}
	if v.kind != 'w' {
		return 0, false
	}
	total := int64(0)
	for _, part := range strings.Split(v.s, "|") {
		n, ok := constant(as, part)
		if !ok {
			return 0, false
		}
		total |= n
	}
	return total, true
}

func constant(as abi.As, name string) (int64, bool) {
	if n, err := strconv.ParseInt(name, 10, 64); err == nil {
		return n, true
	}
	if as == abi.AsStatus {
		return status(name)
	}
	prefixes := map[abi.As][]string{
		abi.AsFamily: {"AF_"}, abi.AsType: {"SOCK_"}, abi.AsProtocol: {"IPPROTO_"}, abi.AsHow: {"SHUT_"},
		abi.AsLevel: {"SOL_", "IPPROTO_"}, abi.AsMsgFlags: {"MSG_"}, abi.AsAIFlags: {"AI_"}, abi.AsNIFlags: {"NI_"},
		abi.AsSpawnFlags: {"SPAWN_"}, abi.AsWaitFlags: {"WNOHANG"},
	}[as]
	for _, prefix := range prefixes {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		for _, set := range abi.Sets() {
			for _, c := range set.Consts {
				if c.Name == name && (as != abi.AsLevel || set.Title == "levels of options") {
					return c.Value, true
				}
			}
		}
	}
	return 0, false
}

// status is how a child ended: exit:1 or signal:9.
func status(text string) (int64, bool) {
	how, digits, _ := strings.Cut(text, ":")
	n, err := strconv.ParseUint(digits, 10, 8)
	switch {
	case err == nil && how == "exit":
		return int64(abi.ExitedStatus(int(n))), true
	case err == nil && how == "signal":
		return int64(abi.SignaledStatus(int(n))), true
	}
	return 0, false
}

// guess makes an argument of a call that is not in the table, so that it
// prints as it stood.
func guess(v value) Arg {
	switch v.kind {
	case 'n':
		return Arg{Kind: abi.Int, Int: v.n}
	case 's':
		return Arg{Kind: abi.In, As: abi.AsText, Str: v.s}
	case 'b':
		return Arg{Kind: abi.In, As: abi.AsOther, Raw: int4(v.n)}
	case 'w':
		if isInet(v.s) {
			return Arg{Kind: abi.In, As: abi.AsAddr, Str: v.s}
		}
		for as := abi.AsFamily; as <= abi.AsNIFlags; as++ {
			if n, ok := number(as, v); ok && Symbol(as, n) == v.s {
				return Arg{Kind: abi.Int, As: as, Int: n}
			}
		}
	}
	return Arg{Kind: abi.In, As: abi.AsText, Str: v.s}
}
