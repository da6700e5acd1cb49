package check

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDifferentShowsShortTextsWhole(t *testing.T) {
	f := different(whyRule, "It is wrong", []byte("OK AF_INET SOCK_DGRAM fd=3"), []byte("OK AF_INET SOCK_DGRAM 3"))
	require.Equal(t, `It is wrong: expected "OK AF_INET SOCK_DGRAM fd=3", got "OK AF_INET SOCK_DGRAM 3" (different from byte 22 on).`, f.text)

	long := strings.Repeat("x", 100)
	f = different(whyRule, "It is wrong", []byte(long+"a"), []byte(long+"b"))
	require.Equal(t, `It is wrong: expected …"xxxxxxxxxxa", got …"xxxxxxxxxxb" (different from byte 100 on).`, f.text)

	f = different(whyExtra, "There was more", nil, []byte("\n"))
	require.Equal(t, `There was more: expected nothing more, got "\n".`, f.text)
}

func TestLastWordsAreTheExceptionAndItsMessage(t *testing.T) {
	const head = "Traceback (most recent call last):\n  File \"/s.py\", line 3, in <module>\n    f()\n"
	for name, c := range map[string]struct{ stderr, want string }{
		"one line":        {head + "IndexError: list index out of range\n", "IndexError: list index out of range"},
		"a newline in it": {head + "AttributeError: no attribute 'A\n'. Did you mean: 'A'?\n", `AttributeError: no attribute 'A\n'. Did you mean: 'A'?`},
		"two of them":     {head + "KeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\n" + head + "NameError: b\n", "NameError: b"},
		"a panic":         {"panic: boom\n\ngoroutine 1 [running]:\n", "panic: boom"},
		"a syntax error":  {"  File \"/s.py\", line 1\n    (\n    ^\nSyntaxError: '(' was never closed\n", "SyntaxError: '(' was never closed"},
		"none":            {"no answer\n", ""},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, lastWords(c.stderr)) })
	}
}
