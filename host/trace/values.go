package trace

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// value is one argument as it stands in the line.
type value struct {
	kind byte   // 'n' number, 's' string, 'b' bracket, 'l' list, 'p' struct or polled, 'w' anything else, '.' not known
	at   int    // where it begins
	n    int64  // of a number; of a bracket its first
	n2   int64  // of a bracket of two
	two  bool   // a bracket of two
	s    string // of a string its bytes, else its text
	more bool   // a string followed by …
}

// values reads the arguments and the closing parenthesis.
func (p *parser) values() (all []value, err error) {
	for !p.take(")") {
		if len(all) > 0 {
			if err := p.want(", "); err != nil {
				return nil, err
			}
		}
		at := p.at
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		v.at = at
		if all = append(all, v); len(all) > 64 {
			return nil, errors.New("too many arguments")
		}
	}
	return all, nil
}

func (p *parser) value() (v value, err error) {
	start := p.at
	switch {
	case p.take("…"):
		return value{kind: '.'}, nil
	case p.take(`"`):
		data, err := p.quoted()
		return value{kind: 's', s: string(data), more: err == nil && p.take("…")}, err
	case p.take("{"):
		s := p.until("}")
		return value{kind: 'p', s: s}, p.want("}")
	case strings.HasPrefix(p.rest(), "["):
		if v, ok := p.numbers(); ok {
			return v, nil
		}
		if word := p.until(",)"); word != "[]" && isInet(word) { // [::1]:80
			return value{kind: 'w', s: word}, nil
		}
		p.at = start
		return p.list()
	}
	if n, err := p.int(); err == nil && (strings.HasPrefix(p.rest(), ",") || strings.HasPrefix(p.rest(), ")")) {
		return value{kind: 'n', n: n, s: p.in[start:p.at]}, nil
	}
	p.at = start
	s := p.until(",)")
	if s == "" || strings.ContainsAny(s, "\"\\ ") || !utf8.ValidString(s) || string(appendEscaped(nil, []byte(s), 0)) != s {
		p.at = start
		return v, errors.New("expected an argument")
	}
	return value{kind: 'w', s: s}, nil
}

// quoted reads what appendString wrote, behind its opening quote.
func (p *parser) quoted() ([]byte, error) {
	end := p.at
	for end < len(p.in) && p.in[end] != '"' {
		if p.in[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.in) {
		return nil, errors.New("expected a closing quote")
	}
	data, err := unescape(p.in[p.at:end])
	if err == nil {
		p.at = end + 1
	}
	return data, err
}

// numbers reads [1] or [3, 4], if nothing else follows in the argument.
func (p *parser) numbers() (v value, ok bool) {
	start := p.at
	p.take("[")
	v.kind = 'b'
	var err1, err2 error
	v.n, err1 = p.int()
	if v.two = p.take(", "); v.two {
		v.n2, err2 = p.int()
	}
	if err1 != nil || err2 != nil || !p.take("]") || !strings.HasPrefix(p.rest(), ",") && !strings.HasPrefix(p.rest(), ")") {
		p.at = start
		return value{}, false
	}
	return v, true
}

// list takes what stands between a bracket and the one that closes it.
func (p *parser) list() (value, error) {
	depth, quoted := 0, false
	for i := p.at; i < len(p.in); i++ {
		switch c := p.in[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			if depth--; depth == 0 {
				s := p.in[p.at+1 : i]
				p.at = i + 1
				return value{kind: 'l', s: s}, nil
			}
		}
	}
	return value{}, errors.New("expected a closing bracket")
}

// unescape undoes appendEscaped.
func unescape(s string) ([]byte, error) {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		if i++; i == len(s) {
			return nil, errors.New("a backslash at the end")
		}
		switch s[i] {
		case '\\', '"':
			b = append(b, s[i])
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'x':
			c, err := strconv.ParseUint(s[i+1:min(i+3, len(s))], 16, 8)
			if err != nil || i+3 > len(s) {
				return nil, errors.New(`expected \xNN`)
			}
			b = append(b, byte(c))
			i += 2
		default:
			return nil, fmt.Errorf(`unknown escape \%c`, s[i])
		}
	}
	return b, nil
}
