package trace

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

func appendSeconds(b []byte, d time.Duration) []byte {
	if d < 0 {
		b = append(b, '-')
		d = -d
	}
	us := int64(d / time.Microsecond)
	b = strconv.AppendInt(b, us/1e6, 10)
	b = append(b, '.')
	frac := strconv.AppendInt(nil, 1e6+us%1e6, 10)
	return append(b, frac[1:]...)
}

// appendWord writes a name that is one word: what could end it is escaped as
// in a URL.
func appendWord(b []byte, s string) []byte {
	if s == "" {
		return append(b, '-')
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ', c >= 0x7f, c == '%', c == '[', c == '#', c == '"', s == "-":
			b = append(b, '%', hex[c>>4], hex[c&15])
		case c == '(' || c == ')' || c == ',':
			// Fault rules have them, such as cap(500); a call's name has not.
			b = append(b, c)
		default:
			b = append(b, c)
		}
	}
	return b
}

const hex = "0123456789abcdef"

// appendAddr writes an address bare where it cannot be mistaken, else quoted.
func appendAddr(b []byte, s string) []byte {
	if isInet(s) {
		return append(b, s...)
	}
	return appendString(b, []byte(s))
}

// isInet reports whether s looks like 127.0.0.1:80, [::1]:80 or "-".
func isInet(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c == '.', c == ':', c == '[', c == ']', c == '-' && len(s) == 1:
		default:
			return false
		}
	}
	return s != ""
}

// appendQuoted writes the first bytes of data that had whole bytes, then … if
// some are not shown.
func appendQuoted(b, data []byte, whole int) []byte {
	shown := data
	if len(shown) > textData {
		shown = shown[:textData]
		for n := 0; n < utf8.UTFMax-1 && !utf8.Valid(shown); n++ { // better no half of a character
			shown = shown[:len(shown)-1]
		}
		if !utf8.Valid(shown) {
			shown = data[:textData]
		}
	}
	b = appendString(b, shown)
	if len(shown) < whole {
		b = append(b, "…"...)
	}
	return b
}

// appendString writes all of s, quoted.
func appendString(b, s []byte) []byte {
	return append(appendEscaped(append(b, '"'), s, '"'), '"')
}

// Quote shows bytes of a guest in a line: quoted, at most max of them, with …
// for the rest, and nothing in it that a terminal would obey.
func Quote(data []byte, max int) string {
	if len(data) <= max {
		return string(appendString(nil, data))
	}
	return string(append(appendString(nil, data[:max]), "…"...))
}

// appendEscaped writes text; what is not printable becomes \n, \xNN and so
// on, and quote gets a backslash.
func appendEscaped(b, s []byte, quote byte) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		switch c := s[0]; {
		case c == '\\' || (quote != 0 && c == quote):
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case r == utf8.RuneError && n == 1 || !unicode.IsPrint(r):
			for _, c := range s[:n] {
				b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
			}
		default:
			b = append(b, s[:n]...)
		}
		s = s[n:]
	}
	return b
}

// Commands reports whether a character does something to a terminal other than
// appear there: controls, ends of lines, and changes of the direction of
// writing.
func Commands(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// Harmless is a text that a program may have chosen, for people to read: with a
// dot for whatever commands a terminal, but for ends of lines and tabs.
func Harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && Commands(r) {
			return '·'
		}
		return r
	}, s)
}
