package command

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// grep prints lines that match.
func grep(_ context.Context, c *Call) error {
	set, rest, err := c.options("ivncqEFlhHe:")
	if err != nil {
		return err
	}
	on := func(letter byte) bool { _, on := set[letter]; return on }
	pattern, given := set['e']
	if !given {
		if len(rest) == 0 {
			return usage("what to look for?")
		}
		pattern, rest = rest[0], rest[1:]
	}
	switch {
	case on('F'):
		pattern = regexp.QuoteMeta(pattern)
	case !on('E'):
		pattern = basic(pattern)
	}
	if on('i') {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return usage("this pattern is not understood: " + pattern)
	}
	found := false
	err = c.each(rest, func(name string, r io.Reader) error {
		title := ""
		if (len(rest) > 1 || on('H')) && !on('h') {
			title = name + ":"
		}
		n, number := 0, 0
		err := lines(r, func(line string) (bool, error) {
			number++
			if re.MatchString(line) == on('v') {
				return true, nil
			}
			n++
			found = true
			switch {
			case on('q') || on('l'):
				return false, nil
			case on('c'):
				return true, nil
			case on('n'):
				_, err := fmt.Fprintf(c.out, "%s%d:%s\n", title, number, line)
				return true, err
			}
			_, err := c.out.WriteString(title + line + "\n")
			return true, err
		})
		if on('l') && n > 0 && !on('q') {
			fmt.Fprintln(c.out, name)
		} else if on('c') && !on('q') {
			fmt.Fprintf(c.out, "%s%d\n", title, n)
		}
		return err
	})
	if err == exit(failed) {
		return exit(misused)
	}
	if err == nil && !found {
		return exit(failed)
	}
	return err
}

// basic makes a basic regular expression an extended one: of the characters
// here those mean something that a backslash stands before, and not the bare
// ones.
func basic(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		ch := pattern[i]
		if ch == '\\' && i+1 < len(pattern) {
			if i++; !strings.ContainsRune("+?|(){}", rune(pattern[i])) {
				b.WriteByte('\\')
			}
			b.WriteByte(pattern[i])
			continue
		}
		if strings.IndexByte("+?|(){}", ch) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(ch)
	}
	return b.String()
}
