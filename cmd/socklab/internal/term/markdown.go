package term

import (
	"strings"

	"charm.land/glamour/v2"
	"charm.land/glamour/v2/styles"
)

// Markdown renders a text for the terminal. A text that cannot be rendered is
// shown as it is written.
func Markdown(text string, s Style) string {
	style := styles.DarkStyleConfig
	style.H2.Prefix, style.H3.Prefix = "", "" // colour tells a heading, where there is one
	if s.Plain {
		style = styles.NoTTYStyleConfig
	}
	width := s.Width
	if width == 0 || width > 100 { // longer lines are hard to read
		width = 100
	}
	r, err := glamour.NewTermRenderer(glamour.WithStyles(style), glamour.WithWordWrap(width-4))
	if err != nil {
		return text
	}
	out, err := r.Render(text)
	if err != nil {
		return text
	}
	return strings.Trim(out, "\n") + "\n"
}
