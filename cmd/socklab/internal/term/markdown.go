package term

import (
	"strings"

	"charm.land/glamour/v2"
)

// Markdown renders a text for the terminal. A text that cannot be rendered is
// shown as it is written.
func Markdown(text string, s Style) string {
	style := "dark"
	if s.Plain {
		style = "notty"
	}
	width := s.Width
	if width == 0 || width > 100 { // longer lines are hard to read
		width = 100
	}
	r, err := glamour.NewTermRenderer(glamour.WithStandardStyle(style), glamour.WithWordWrap(width-4))
	if err != nil {
		return text
	}
	out, err := r.Render(text)
	if err != nil {
		return text
	}
	return strings.Trim(out, "\n") + "\n"
}
