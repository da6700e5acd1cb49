// Package term is how socklab looks in a terminal: a verdict as text, with or
// without colour, and the screen of `socklab learn`.
//
// Its rules: colour never says anything that a sign or a word does not say
// too; what matters most stands first; a line is never wider than the
// terminal; nothing moves while somebody reads.
package term

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	xterm "golang.org/x/term"

	"socklab/host/trace"
	"socklab/lessons/check"
)

// Style says how text is made.
type Style struct {
	Width int  // columns; 0: as wide as it comes
	Plain bool // no colour
	All   bool // every check, not only those that did not pass
}

// paint colours a text.
func (s *Style) paint(colour, text string) string {
	if s.Plain {
		return text
	}
	st := lipgloss.NewStyle()
	switch colour {
	case "good":
		st = st.Foreground(lipgloss.Color("2"))
	case "bad":
		st = st.Foreground(lipgloss.Color("1"))
	case "odd":
		st = st.Foreground(lipgloss.Color("3"))
	case "dim":
		st = st.Faint(true)
	case "bold":
		st = st.Bold(true)
	}
	return st.Render(text)
}

// wrap breaks a text into lines that fit behind an indent.
func (s *Style) wrap(indent, text string) string {
	width := s.Width - len(indent)
	if s.Width == 0 {
		width = 100
	}
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		at := 0
		b.WriteString(indent)
		for i, word := range strings.Fields(line) {
			w := lipgloss.Width(word)
			if i > 0 && at+1+w > width {
				b.WriteString("\n" + indent)
				at = 0
			} else if i > 0 {
				b.WriteByte(' ')
				at++
			}
			b.WriteString(word)
			at += w
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// cut shortens a line to the width.
func (s *Style) cut(line string) string {
	if s.Width > 1 && lipgloss.Width(line) > s.Width {
		r := []rune(line)
		for len(r) > 0 && lipgloss.Width(string(r)) > s.Width-1 {
			r = r[:len(r)-1]
		}
		return string(r) + "…"
	}
	return line
}

// signs of the outcomes.
var signs = map[check.Outcome][2]string{
	check.Pass:      {"✓", "good"},
	check.Fail:      {"✗", "bad"},
	check.Undecided: {"?", "odd"},
}

// Verdict tells what a report says: first how it is, then each check, and
// under the first that failed why it did.
func Verdict(r *check.Report, s Style) string {
	var b strings.Builder
	passed, decide := 0, 0
	for _, c := range r.Checks {
		if c.Class == check.Style {
			continue
		}
		decide++
		if c.Outcome == check.Pass {
			passed++
		}
	}
	head := r.Headline()
	switch {
	case head == nil:
		fmt.Fprintf(&b, "%s\n", s.paint("good", fmt.Sprintf("✓ all %d checks pass", decide)))
	case head.Outcome == check.Undecided:
		fmt.Fprintf(&b, "%s\n", s.paint("odd", "? undecided: the tool failed, not you"))
	default:
		fmt.Fprintf(&b, "%s\n", s.paint("bad", fmt.Sprintf("✗ %d of %d checks pass", passed, decide)))
	}
	b.WriteByte('\n')
	for i := range r.Checks {
		c := &r.Checks[i]
		sign := signs[c.Outcome]
		line := s.cut(fmt.Sprintf("%s %-3s %s", sign[0], c.ID, c.Name))
		b.WriteString(s.paint(sign[1], line) + "\n")
		if c == head || s.All && c.Outcome != check.Pass {
			result(&b, c, s)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", s.paint("dim", fmt.Sprintf("%s, %s in %s", r.Language, plural(len(r.Checks), "check"), round(r.Took))))
	return b.String()
}

// result tells why one check did not pass.
func result(b *strings.Builder, c *check.Result, s Style) {
	const indent = "      "
	if c.Problem != "" {
		b.WriteString(s.wrap(indent, c.Problem))
	}
	if d := c.Diagnosis; d != nil {
		b.WriteByte('\n')
		b.WriteString(indent + s.paint("bold", d.Code) + "\n")
		b.WriteString(s.wrap(indent, d.What))
		for _, more := range []string{d.Rule, d.Look} {
			if more != "" {
				b.WriteString(s.wrap(indent, more))
			}
		}
		compare(b, d.Compare, s)
		calls(b, d, s)
	}
	for _, p := range c.Programs {
		if text := strings.TrimRight(p.Stderr, "\n"); text != "" {
			fmt.Fprintf(b, "\n%s%s\n", indent, s.paint("dim", "what "+p.Name+" wrote to stderr:"))
			lines := strings.Split(text, "\n")
			for _, l := range lines[max(0, len(lines)-stderrLines):] {
				b.WriteString(s.cut(indent+"| "+printable(l)) + "\n")
			}
		}
	}
	for _, f := range c.Faults {
		b.WriteString(s.paint("dim", s.cut(indent+"fault set: "+f)) + "\n")
	}
	if c.Replay != "" {
		fmt.Fprintf(b, "\n%s\n", s.paint("dim", s.cut(indent+"again: "+c.Replay)))
	}
	b.WriteByte('\n')
}

// Warnings shows the first of what compilers said of a report's programs;
// nothing, if they said nothing.
func Warnings(r *check.Report, s Style) string {
	var b strings.Builder
	for _, program := range slices.Sorted(maps.Keys(r.Warnings)) {
		fmt.Fprintf(&b, "\n%s\n", s.paint("odd", s.cut("the compiler's warnings of "+program+", which decide nothing:")))
		lines := strings.Split(strings.TrimRight(r.Warnings[program], "\n"), "\n")
		for _, l := range lines[:min(len(lines), warningLines)] {
			b.WriteString(s.cut("| "+printable(l)) + "\n")
		}
		if more := len(lines) - warningLines; more > 0 {
			b.WriteString(s.paint("dim", s.cut("| … and "+plural(more, "more line"))) + "\n")
		}
	}
	return b.String()
}

// warningLines is how much of a compiler's warnings is shown.
const warningLines = 12

// stderrLines is how much of a program's own words is shown.
const stderrLines = 12

// calls shows the calls around the one that the diagnosis points at.
func calls(b *strings.Builder, d *check.Diagnosis, s Style) {
	if len(d.Calls) == 0 {
		return
	}
	b.WriteByte('\n')
	for _, line := range d.Calls {
		mark, colour := "    ", "dim"
		if d.Row != nil && isRow(line, *d.Row) {
			mark, colour = "  ▶ ", "bold"
		}
		b.WriteString(s.paint(colour, s.cut("    "+mark+line)) + "\n")
	}
}

// isRow reports whether a call's text is the one that a Ref names.
func isRow(line string, ref trace.Ref) bool {
	return strings.Contains(line, fmt.Sprintf(" %s[%d] ", ref.Guest, ref.Seq))
}

// compare shows expected and received bytes with a mark under the first that
// differs.
func compare(b *strings.Builder, c *check.Compare, s Style) {
	if c == nil {
		return
	}
	const indent = "      "
	want, _ := quoted(c.Want, c.At-c.Start)
	got, at := quoted(c.Got, c.At-c.Start)
	fmt.Fprintf(b, "\n%s\n%s\n", s.cut(indent+"expected  "+want), s.cut(indent+"received  "+got))
	fmt.Fprintf(b, "%s%s%s\n", indent+"          ", strings.Repeat(" ", at), s.paint("bold", fmt.Sprintf("^ byte %d", c.At)))
}

// quoted shows bytes, and at which column the byte at `at` stands.
func quoted(p []byte, at int) (text string, column int) {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i <= len(p); i++ {
		if i == at {
			column = lipgloss.Width(b.String())
		}
		if i < len(p) {
			q := trace.Quote(p[i:i+1], 1)
			b.WriteString(strings.Trim(q, `"`))
		}
	}
	if at > len(p) {
		column = lipgloss.Width(b.String())
	}
	b.WriteByte('"')
	return b.String(), column
}

// printable makes a line that a program has written harmless to a terminal.
func printable(line string) string {
	return strings.ReplaceAll(trace.Harmless(line), "\t", " ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func round(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}

// Trace is a check's whole history, one line a call.
func Trace(c *check.Result, s Style) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", s.paint("bold", fmt.Sprintf("%s %s", c.ID, c.Name)))
	events := slices.Clone(c.History.Events)
	slices.SortStableFunc(events, func(a, b trace.Event) int { return a.Call.Start.Compare(b.Call.Start) })
	for _, e := range events {
		line := s.cut(e.Text(c.History.Start))
		colour := ""
		switch {
		case !e.Call.OK():
			colour = "bad"
		case e.Call.Injected != "":
			colour = "odd"
		case isPeer(c, e.Call.Guest):
			colour = "dim"
		}
		b.WriteString(s.paint(colour, line) + "\n")
	}
	if n := c.History.Dropped; n > 0 {
		fmt.Fprintf(&b, "(%d calls were not kept)\n", n)
	}
	return b.String()
}

func isPeer(c *check.Result, guest string) bool {
	for _, p := range c.History.Peers {
		if p == guest {
			return true
		}
	}
	return false
}

// Size is how wide the terminal behind w is; not a terminal is 0 and false.
func Size(w io.Writer) (width int, tty bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, false
	}
	raw.Control(func(fd uintptr) {
		if tty = xterm.IsTerminal(int(fd)); tty {
			width, _, _ = xterm.GetSize(int(fd))
		}
	})
	return width, tty
}

// IsTerminal reports whether a file is one.
func IsTerminal(f *os.File) bool {
	_, tty := Size(f)
	return tty
}

// Good paints a line as good news.
func Good(s Style, text string) string { return s.paint("good", text) }

// Problem tells an error of the tool, or of a file that is not there.
func Problem(what string, hints []string, s Style) string {
	var b strings.Builder
	b.WriteString(s.paint("bad", "✗ ") + strings.TrimLeft(s.wrap("", what), " ") + "\n")
	for _, h := range hints {
		b.WriteString(s.wrap("  ", "hint: "+h))
	}
	return b.String()
}
