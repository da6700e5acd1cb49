package term

import (
	"regexp"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/stretchr/testify/require"
)

// TestATextHasTheTerminalsOwnColours: the 256 and the true colours are made for
// one background, and on the other they cannot be read.
func TestATextHasTheTerminalsOwnColours(t *testing.T) {
	out := Markdown("# One\n\ntext with `code`\n\n## Two\n\n```python\nx = 1  # set\n```\n\n- item\n\n| a | b |\n|---|---|\n| c | d |\n", Style{Width: 80})
	require.Contains(t, out, "One")
	require.Contains(t, out, "x = 1  # set")
	require.NotRegexp(t, regexp.MustCompile(`\x1b\[[0-9;]*[34]8;[25];`), out)
	require.NotContains(t, out, " code ", "no blanks around it that the text has not")
}

func TestCodeIsFoldedWhereItIsTooWide(t *testing.T) {
	long := "for answer in socket.getaddrinfo(\"localhost\", \"http\", 0, socket.SOCK_STREAM):\n    套接字编程套接字编程套接字编程套接字编程套接字编程\n"
	text := "before\n\n```\n" + long + "```\n\n" + strings.Repeat("word ", 40)
	for _, width := range []int{100, 60, 40, 24} {
		for _, s := range []Style{{Width: width}, {Width: width, Plain: true}} {
			out := Markdown(text, s)
			for line := range strings.Lines(out) {
				require.LessOrEqual(t, lipgloss.Width(strings.TrimRight(line, "\n")), width, "%d: %q", width, line)
			}
		}
	}
	require.Equal(t, text, foldCode(text, 92), "what fits is left alone")
	require.Contains(t, foldCode(text, 60), "0,\n    socket.SOCK_STREAM):\n")
	require.Equal(t, "a\n"+strings.Repeat("x", 90)+"\n", foldCode("a\n"+strings.Repeat("x", 90)+"\n", 60), "text is the renderer's")
}

func TestAnItemOfAListIsWrappedAsATextIs(t *testing.T) {
	require.Equal(t, "- one two\n- three\n1. four five\n\n  a text\n```\n- a\n  b\n```", joinItems("- one\n  two\n- three\n1. four\n   five\n\n  a text\n```\n- a\n  b\n```"))
}
