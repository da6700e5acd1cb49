package trace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// value is one argument as it stands in the line.
type value struct {
	kind byte   // 'n' number, 's' string, 'b' bracket, 'p' polled, 'w' anything else, '.' not known
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
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		if all = append(all, v); len(all) > 64 {
			return nil, errors.New("too many arguments")
		}
	}
	return all, nil
}

func (p *parser) value() (v value, err error) {
	switch {
	case p.take("…"):
		return value{kind: '.'}, nil
	case p.take(`"`):
		end := p.at
		for end < len(p.in) && p.in[end] != '"' {
			if p.in[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(p.in) {
			return v, errors.New("expected a closing quote")
		}
		data, err := unescape(p.in[p.at:end])
		if err != nil {
			return v, err
		}
		p.at = end + 1
		return value{kind: 's', s: string(data), more: p.take("…")}, nil
	case p.take("{"):
		s := p.until("}")
		return value{kind: 'p', s: s}, p.want("}")
	case strings.HasPrefix(p.rest(), "[") && !strings.HasPrefix(p.rest(), "[:") && isBracket(p.rest()):
		p.at++
		v.kind = 'b'
		if v.n, err = p.int(); err != nil {
			return v, err
		}
		if v.two = p.take(", "); v.two {
			if v.n2, err = p.int(); err != nil {
				return v, err
			}
		}
		return v, p.want("]")
	}
	start := p.at
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

// isBracket tells [1] and [3, 4] from the address [::1]:80.
func isBracket(s string) bool {
	end := strings.IndexByte(s, ']')
	return end > 0 && !strings.Contains(s[:end], ":")
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

// int4 is the option value that is printed as [n].
func int4(n int64) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }
