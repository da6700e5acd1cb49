package trace

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"socklab/host/abi"
)

// maxLine bounds a line of the text or JSON form, in bytes.
const maxLine = 1 << 20

// ParseText reads one line that AppendText wrote, or one written by hand in
// that form. Times count from the Unix epoch: the event printed with
// time.Unix(0, 0) is the same line again. Its error says what was expected
// and where.
func ParseText(line string) (Event, error) {
	if len(line) > maxLine {
		return Event{}, errors.New("trace: line too long")
	}
	p := parser{in: line}
	e, err := p.event()
	if err != nil {
		return Event{}, fmt.Errorf("trace: column %d: %w", p.at+1, err)
	}
	return e, nil
}

type parser struct {
	in string
	at int
}

func (p *parser) rest() string { return p.in[p.at:] }

// take skips s if it comes next.
func (p *parser) take(s string) bool {
	if !strings.HasPrefix(p.rest(), s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *parser) want(s string) error {
	if !p.take(s) {
		return fmt.Errorf("expected %q", s)
	}
	return nil
}

// until takes what stands before any of the bytes of stop.
func (p *parser) until(stop string) string {
	n := strings.IndexAny(p.rest(), stop)
	if n < 0 {
		n = len(p.rest())
	}
	s := p.rest()[:n]
	p.at += n
	return s
}

func (p *parser) int() (int64, error) {
	start := p.at
	p.take("-")
	for p.at < len(p.in) && p.in[p.at] >= '0' && p.in[p.at] <= '9' {
		p.at++
	}
	n, err := strconv.ParseInt(p.in[start:p.at], 10, 64)
	if err != nil || p.in[start:p.at] != strconv.FormatInt(n, 10) {
		p.at = start
		return 0, errors.New("expected a number")
	}
	return n, nil
}

// seconds reads 12.345678.
func (p *parser) seconds() (time.Duration, error) {
	start := p.at
	bad := errors.New("expected seconds, such as 0.012345")
	s := p.until(" >")
	p.at = start
	neg := strings.HasPrefix(s, "-")
	whole, frac, ok := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if !ok || len(frac) != 6 || whole == "" || len(whole) > 9 {
		return 0, bad
	}
	w, err1 := strconv.ParseUint(whole, 10, 32)
	f, err2 := strconv.ParseUint(frac, 10, 32)
	if err1 != nil || err2 != nil || whole != strconv.FormatUint(w, 10) || neg && w+f == 0 {
		return 0, bad
	}
	d := time.Duration(w)*time.Second + time.Duration(f)*time.Microsecond
	if neg {
		d = -d
	}
	p.at = start + len(s)
	return d, nil
}

// word reads what appendWord wrote.
func (p *parser) word(stop string) (string, error) {
	start := p.at
	s := p.until(stop)
	if s == "" {
		return "", errors.New("expected a name")
	}
	if s == "-" {
		return "", nil
	}
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		c, err := strconv.ParseUint(s[i+1:min(i+3, len(s))], 16, 8)
		if err != nil || i+3 > len(s) {
			p.at = start + i
			return "", errors.New("expected %XX")
		}
		b = append(b, byte(c))
		i += 2
	}
	if string(appendWord(nil, string(b))) != s || !utf8.Valid(b) {
		p.at = start
		return "", errors.New("a name with characters that must be written %XX")
	}
	return string(b), nil
}

func (p *parser) event() (e Event, err error) {
	c := &e.Call
	c.FD, c.Queued = -1, -1
	at, err := p.seconds()
	if err != nil {
		return e, err
	}
	c.Start = time.Unix(0, int64(at)).UTC()
	if err := p.want(" "); err != nil {
		return e, err
	}
	if c.Guest, err = p.word(" ["); err != nil {
		return e, err
	}
	if err := p.want("["); err != nil {
		return e, err
	}
	seq, err := p.int()
	if err != nil || seq < 0 {
		return e, errors.New("expected the call's number")
	}
	c.Seq = uint64(seq)
	if err := p.want("] "); err != nil {
		return e, err
	}
	if c.Name, err = p.word("( "); err != nil {
		return e, err
	}
	if err := p.want("("); err != nil {
		return e, err
	}
	values, err := p.values()
	if err != nil {
		return e, err
	}
	if p.take(" waiting") {
		e.Kind = Enter
		if err := p.arguments(&e, values); err != nil {
			return e, err
		}
		return e, p.end()
	}
	if err := p.result(&e); err != nil {
		return e, err
	}
	if err := p.arguments(&e, values); err != nil {
		return e, err
	}
	return e, p.extras(&e)
}

func (p *parser) end() error {
	if p.rest() != "" {
		return errors.New("expected the end of the line")
	}
	return nil
}

// result reads " = 5", " = -1 EAGAIN (…)" or " = ?", and the time it took.
func (p *parser) result(e *Event) (err error) {
	c := &e.Call
	if err := p.want(" = "); err != nil {
		return err
	}
	if p.take("?") {
		e.Kind = Abort
	} else {
		e.Kind = Exit
		if c.Ret, err = p.int(); err != nil {
			return err
		}
		if p.take(" E") {
			p.at--
			start := p.at
			name := p.until(" ")
			text := ""
			if errno, ok := abi.ParseErrno(name); ok {
				c.Err, text = errno, errno.Error()
			} else if c.EAI = parseEAI(name); c.EAI != 0 {
				text = c.EAI.Error()
			} else {
				p.at = start
				return errors.New("expected the name of an error")
			}
			if p.take(" (") && !p.take(text+")") {
				return fmt.Errorf("expected %q", text+")")
			}
		}
	}
	if p.rest() == "" { // written by hand, without a time
		return nil
	}
	if err := p.want(" <"); err != nil {
		return err
	}
	if c.Took, err = p.seconds(); err != nil {
		return err
	}
	return p.want(">")
}

func parseEAI(name string) abi.EAI {
	for e := abi.EAI(-1); e > -200; e-- {
		if e.Name() == name {
			return e
		}
	}
	return 0
}

func (p *parser) extras(e *Event) (err error) {
	c := &e.Call
	if p.take(" waited ") {
		if c.Blocked, err = p.seconds(); err != nil {
			return err
		}
	}
	if p.take(" [") {
		if c.From, err = p.int(); err != nil {
			return err
		}
		if err := p.want(","); err != nil {
			return err
		}
		if c.To, err = p.int(); err != nil {
			return err
		}
		if err := p.want(")"); err != nil {
			return err
		}
	}
	for _, key := range []string{"", "queued ", "injected:"} {
		if strings.HasPrefix(p.rest(), " # ") || !p.take(" "+key) {
			continue
		}
		switch key {
		case "":
			if strings.HasPrefix(p.rest(), "queued ") || strings.HasPrefix(p.rest(), "injected:") {
				p.at-- // no state
				continue
			}
			if c.State, err = p.word(" "); err != nil {
				return err
			}
		case "queued ":
			n, err := p.int()
			if err != nil || n <= 0 || n > 1<<40 {
				return errors.New("expected a number of bytes")
			}
			c.Queued = int(n)
		case "injected:":
			if c.Injected, err = p.word(" "); err != nil {
				return err
			}
		}
	}
	if p.take(" # ") {
		note, err := unescape(p.rest())
		if err != nil {
			return err
		}
		c.Note = strings.ToValidUTF8(string(note), "\ufffd")
		p.at = len(p.in)
	}
	return p.end()
}
