package command

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// cat prints files.
func cat(_ context.Context, c *Call) error {
	set, names, err := c.options("n")
	if err != nil {
		return err
	}
	if _, numbered := set['n']; numbered {
		n := 0
		return c.each(names, func(_ string, r io.Reader) error {
			return lines(r, func(line string) (bool, error) {
				n++
				_, err := fmt.Fprintf(c.out, "%6d\t%s\n", n, line)
				return true, err
			})
		})
	}
	return c.each(names, func(_ string, r io.Reader) error {
		// Not by way of c.out: what comes from a pipe goes on at once.
		_, err := io.CopyBuffer(struct{ io.Writer }{c.Stdout}, struct{ io.Reader }{r}, make([]byte, 64<<10))
		return err
	})
}

// head prints the first lines or bytes.
func head(_ context.Context, c *Call) error {
	c.Args = oldCount(c.Args)
	set, names, err := c.options("n:c:q")
	if err != nil {
		return err
	}
	n, bytes, _, err := count(set)
	if err != nil {
		return err
	}
	return c.titled(names, set, func(r io.Reader) error {
		if bytes {
			_, err := io.CopyN(c.out, r, n)
			if err == io.EOF {
				err = nil
			}
			return err
		}
		left := n
		if left == 0 {
			return nil
		}
		return lines(r, func(line string) (bool, error) {
			left--
			_, err := c.out.WriteString(line + "\n")
			return left > 0, err
		})
	})
}

// tail prints the last lines or bytes, or all from one on.
func tail(_ context.Context, c *Call) error {
	c.Args = oldCount(c.Args)
	set, names, err := c.options("n:c:q")
	if err != nil {
		return err
	}
	n, bytes, from, err := count(set)
	if err != nil {
		return err
	}
	return c.titled(names, set, func(r io.Reader) error {
		if bytes {
			all, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			start := int64(len(all)) - n
			if from {
				start = n - 1
			}
			_, err = c.out.Write(all[min(max(start, 0), int64(len(all))):])
			return err
		}
		var kept []string
		number := int64(0)
		err := lines(r, func(line string) (bool, error) {
			number++
			if from {
				if number < n {
					return true, nil
				}
				_, err := fmt.Fprintln(c.out, line)
				return true, err
			}
			if kept = append(kept, line); int64(len(kept)) > n {
				kept = kept[1:]
			}
			return true, nil
		})
		for _, line := range kept {
			fmt.Fprintln(c.out, line)
		}
		return err
	})
}

// titled is each, with a title over every file if there are several.
func (c *Call) titled(names []string, set map[byte]string, read func(r io.Reader) error) error {
	_, quiet := set['q']
	first := true
	return c.each(names, func(name string, r io.Reader) error {
		if len(names) > 1 && !quiet {
			if !first {
				fmt.Fprintln(c.out)
			}
			first = false
			fmt.Fprintf(c.out, "==> %s <==\n", name)
		}
		return read(r)
	})
}

// oldCount makes -5 the option -n5.
func oldCount(args []string) []string {
	if len(args) > 1 && len(args[1]) > 1 && args[1][0] == '-' && args[1][1] >= '0' && args[1][1] <= '9' {
		args = slices.Clone(args)
		args[1] = "-n" + args[1][1:]
	}
	return args
}

// count is how much head and tail are to print: from tells that it is where
// to begin.
func count(set map[byte]string) (n int64, bytes, from bool, err error) {
	text, bytes := set['c']
	if !bytes {
		var given bool
		if text, given = set['n']; !given {
			return 10, false, false, nil
		}
	}
	digits, from := strings.CutPrefix(text, "+")
	if n, err = strconv.ParseInt(digits, 10, 62); err != nil || n < 0 {
		return 0, false, false, usage(fmt.Sprintf("%q is not a count", text))
	}
	return n, bytes, from, nil
}

// wc counts lines, words and bytes.
func wc(_ context.Context, c *Call) error {
	set, names, err := c.options("lwc")
	if err != nil {
		return err
	}
	type counts struct{ l, w, c int64 }
	show := func(n counts, name string) {
		var columns []string
		for _, col := range []struct {
			letter byte
			n      int64
		}{{'l', n.l}, {'w', n.w}, {'c', n.c}} {
			if _, wanted := set[col.letter]; wanted || len(set) == 0 {
				columns = append(columns, strconv.FormatInt(col.n, 10))
			}
		}
		if len(columns) > 1 {
			for i := range columns {
				columns[i] = fmt.Sprintf("%7s", columns[i])
			}
		}
		if name != "-" || len(names) > 0 {
			columns = append(columns, name)
		}
		fmt.Fprintln(c.out, strings.Join(columns, " "))
	}
	var total counts
	err = c.each(names, func(name string, r io.Reader) error {
		var n counts
		b, inWord := bufio.NewReaderSize(r, 32<<10), false
		for {
			ch, err := b.ReadByte()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			n.c++
			if ch == '\n' {
				n.l++
			}
			space := ch == ' ' || ch >= '\t' && ch <= '\r'
			if !space && !inWord {
				n.w++
			}
			inWord = !space
		}
		show(n, name)
		total = counts{total.l + n.l, total.w + n.w, total.c + n.c}
		return nil
	})
	if len(names) > 1 {
		show(total, "total")
	}
	return err
}

// sortLines sorts lines.
func sortLines(_ context.Context, c *Call) error {
	set, names, err := c.options("rnu")
	if err != nil {
		return err
	}
	var all []string
	err = c.each(names, func(_ string, r io.Reader) error {
		return lines(r, func(line string) (bool, error) {
			all = append(all, line)
			return true, nil
		})
	})
	_, numeric := set['n']
	_, reverse := set['r']
	_, unique := set['u']
	order := func(a, b string) int {
		if numeric {
			if x, y := leading(a), leading(b); x != y {
				return map[bool]int{true: -1, false: 1}[x < y]
			} else if unique {
				return 0
			}
		}
		return strings.Compare(a, b)
	}
	slices.SortStableFunc(all, func(a, b string) int {
		if reverse {
			a, b = b, a
		}
		return order(a, b)
	})
	if unique {
		all = slices.CompactFunc(all, func(a, b string) bool { return order(a, b) == 0 })
	}
	for _, line := range all {
		fmt.Fprintln(c.out, line)
	}
	return err
}

// leading is the number that a line begins with, 0 if there is none.
func leading(s string) float64 {
	s = strings.TrimLeft(s, " \t")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' || end == 0 && s[end] == '-') {
		end++
	}
	n, _ := strconv.ParseFloat(s[:end], 64)
	return n
}

// uniq prints one of lines that follow each other and are the same.
func uniq(_ context.Context, c *Call) error {
	set, names, err := c.options("cdu")
	if err != nil {
		return err
	}
	if len(names) > 1 {
		return usage("too many files")
	}
	_, counted := set['c']
	_, repeated := set['d']
	_, single := set['u']
	last, n := "", 0
	show := func() {
		switch {
		case n == 0, repeated && n == 1, single && n > 1:
		case counted:
			fmt.Fprintf(c.out, "%7d %s\n", n, last)
		default:
			fmt.Fprintln(c.out, last)
		}
	}
	err = c.each(names, func(_ string, r io.Reader) error {
		return lines(r, func(line string) (bool, error) {
			if line != last || n == 0 {
				show()
				last, n = line, 0
			}
			n++
			return true, nil
		})
	})
	show()
	return err
}
