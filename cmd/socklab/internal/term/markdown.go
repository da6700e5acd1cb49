package term

import (
	"strings"

	"charm.land/glamour/v2"
	"charm.land/glamour/v2/ansi"
	"charm.land/glamour/v2/styles"
	"charm.land/lipgloss/v2"
)

// margins is what the renderer leaves free on both sides of code.
const margins = 8

// Markdown renders a text for the terminal. A text that cannot be rendered is
// shown as it is written.
func Markdown(text string, s Style) string {
	style := screenStyle()
	if s.Plain {
		style = styles.NoTTYStyleConfig
	}
	width := s.Width
	if width == 0 || width > 100 { // longer lines are hard to read
		width = 100
	}
	r, err := glamour.NewTermRenderer(glamour.WithStyles(style), glamour.WithWordWrap(width))
	if err != nil {
		return text
	}
	out, err := r.Render(foldCode(joinItems(text), width-margins))
	if err != nil {
		return text
	}
	return strings.Trim(out, "\n") + "\n"
}

// screenStyle is readable on a light background as on a dark one: text has the
// terminal's own colour, and what stands out has one of its sixteen.
func screenStyle() ansi.StyleConfig {
	style := styles.DarkStyleConfig
	bold, heading, code := true, "5", "6"
	style.Document.Color = nil
	style.Heading.StylePrimitive = ansi.StylePrimitive{Bold: &bold, Color: &heading, BlockSuffix: "\n"}
	style.H1.StylePrimitive = ansi.StylePrimitive{Bold: &bold, Color: &heading}
	style.H2.Prefix, style.H3.Prefix = "", "" // colour tells a heading, where there is one
	style.Code.StylePrimitive = ansi.StylePrimitive{Color: &code}
	style.CodeBlock.Chroma = nil
	style.CodeBlock.StylePrimitive = ansi.StylePrimitive{}
	style.HorizontalRule.Color = nil
	return style
}

// joinItems makes each item of a list one line: the renderer keeps the breaks
// that an item has in the source.
func joinItems(text string) string {
	var out []string
	code, item := false, false
	for line := range strings.SplitSeq(text, "\n") {
		rest := strings.TrimLeft(line, " ")
		if strings.HasPrefix(rest, "```") {
			code = !code
		}
		switch {
		case code || rest == "" || strings.HasPrefix(rest, "```"):
			item = false
		case item && rest != line && !begins(rest):
			out[len(out)-1] += " " + rest
			continue
		default:
			item = begins(rest)
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// begins reports whether a line begins an item of a list.
func begins(line string) bool {
	number := strings.TrimLeft(line, "0123456789")
	return strings.HasPrefix(line, "- ") || number != line && strings.HasPrefix(number, ". ")
}

// foldCode breaks lines of code that are too wide, at a blank if there is one:
// the renderer would break them anywhere, and begin again at the margin.
func foldCode(text string, width int) string {
	const indent = "    "
	if width < 2*len(indent) {
		return text
	}
	var b strings.Builder
	code := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			code = !code
		}
		for code && lipgloss.Width(strings.TrimRight(line, "\n")) > width {
			at := fits(line, width)
			if blank := strings.LastIndexByte(line[:at], ' '); blank > at/2 && strings.TrimSpace(line[:blank]) != "" {
				at = blank + 1
			}
			b.WriteString(strings.TrimRight(line[:at], " ") + "\n")
			line = indent + strings.TrimLeft(line[at:], " ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// fits is how many bytes of a line fit into a width, at least one character.
func fits(line string, width int) int {
	w, first := 0, true
	for i, r := range line {
		if w += lipgloss.Width(string(r)); w > width && !first {
			return i
		}
		first = false
	}
	return len(line)
}
