package command

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// user is who a guest is.
const user = "guest"

// whoami tells the user.
func whoami(_ context.Context, c *Call) error {
	fmt.Fprintln(c.out, user)
	return nil
}

// hostname tells the sandbox's name.
func hostname(_ context.Context, c *Call) error {
	name, err := os.Hostname()
	fmt.Fprintln(c.out, name)
	return err
}

// uname tells of the system what there is to tell.
func uname(_ context.Context, c *Call) error {
	set, _, err := c.options("asnrvmo")
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	var words []string
	for _, w := range []struct {
		letter byte
		text   string
	}{{'s', "socklab"}, {'n', host}, {'r', "1"}, {'v', "sandbox"}, {'m', "wasm32"}, {'o', "WASI"}} {
		_, all := set['a']
		if _, wanted := set[w.letter]; wanted || all || len(set) == 0 && w.letter == 's' {
			words = append(words, w.text)
		}
	}
	fmt.Fprintln(c.out, strings.Join(words, " "))
	return nil
}

// env prints the environment.
func env(_ context.Context, c *Call) error {
	if len(c.Args) > 1 {
		return usage("it only prints; K=V before a command sets a variable for it")
	}
	for _, kv := range c.Env {
		fmt.Fprintln(c.out, kv)
	}
	return nil
}

// sleep waits.
func sleep(ctx context.Context, c *Call) error {
	total := time.Duration(0)
	for _, arg := range c.Args[1:] {
		unit := time.Second
		digits := arg
		if n := len(arg) - 1; n > 0 {
			switch arg[n] {
			case 's', 'm', 'h', 'd':
				digits = arg[:n]
				unit = map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[arg[n]]
			}
		}
		n, err := strconv.ParseFloat(digits, 64)
		if err != nil || !(n >= 0 && n < 1e6) {
			return usage(fmt.Sprintf("%q is not a time", arg))
		}
		total += time.Duration(n * float64(unit))
	}
	if len(c.Args) == 1 {
		return usage("how long?")
	}
	select {
	case <-time.After(total):
	case <-ctx.Done():
	}
	return nil
}

// date prints the time.
func date(_ context.Context, c *Call) error {
	set, rest, err := c.options("u")
	if err != nil {
		return err
	}
	now := time.Now()
	if _, utc := set['u']; utc {
		now = now.UTC()
	}
	format := "%a %b %e %H:%M:%S %Z %Y"
	switch {
	case len(rest) == 1 && strings.HasPrefix(rest[0], "+"):
		format = rest[0][1:]
	case len(rest) > 0:
		return usage(`it only prints; a format begins with +, such as date "+%H:%M"`)
	}
	text, err := strftime(now, format)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, text)
	return nil
}

// layouts are the conversions of strftime(3) that Go has a layout for.
var layouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'd': "02", 'e': "_2", 'h': "Jan", 'H': "15", 'I': "03",
	'j': "002", 'm': "01", 'M': "04", 'p': "PM", 'S': "05", 'y': "06", 'Y': "2006", 'z': "-0700", 'Z': "MST",
	'D': "01/02/06", 'F': "2006-01-02", 'R': "15:04", 'T': "15:04:05", 'c': "Mon Jan _2 15:04:05 2006",
}

func strftime(t time.Time, format string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		switch ch := format[i]; ch {
		case '%':
			b.WriteByte('%')
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 's':
			fmt.Fprint(&b, t.Unix())
		case 'N':
			fmt.Fprintf(&b, "%09d", t.Nanosecond())
		case 'u':
			fmt.Fprint(&b, (int(t.Weekday())+6)%7+1)
		case 'w':
			fmt.Fprint(&b, int(t.Weekday()))
		default:
			layout, ok := layouts[ch]
			if !ok {
				return "", usage(fmt.Sprintf("unknown %%%c in the format", ch))
			}
			b.WriteString(t.Format(layout))
		}
	}
	return b.String(), nil
}
