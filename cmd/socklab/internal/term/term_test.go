package term

import (
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/stretchr/testify/require"

	"socklab/host/trace"
	"socklab/lessons/check"
)

func report() *check.Report {
	return &check.Report{Language: "python", Took: 1234 * time.Millisecond, Checks: []check.Result{
		{Info: check.Info{ID: "s1", Name: "answers one caller", Class: check.Must}, Outcome: check.Pass},
		{
			Info: check.Info{ID: "s2", Name: "answers three callers, one after the other", Class: check.Must}, Outcome: check.Fail,
			Problem: "the second caller got nothing",
			Diagnosis: &check.Diagnosis{
				Code: "ONE_CALL", What: "The server ended after one caller.", Rule: "accept(2) brings one connection.",
				Compare: &check.Compare{Want: []byte("HELLO"), Got: []byte("HELlO"), At: 3},
				Row:     &trace.Ref{Guest: "upper", Seq: 7},
				Calls:   []string{"0.001 upper[6] recv(4) = 0", "0.002 upper[7] close(4) = 0"},
			},
			Programs: []check.Ended{{Name: "upper", Stderr: "\x1b[2Jhidden\rline"}},
		},
	}}
}

func TestAVerdictSaysFirstHowItIsAndThenWhy(t *testing.T) {
	text := Verdict(report(), Style{Plain: true, Width: 80})
	lines := strings.Split(text, "\n")
	require.Equal(t, "✗ 1 of 2 checks pass", lines[0])
	at := 0
	for _, want := range []string{
		"✓ s1  answers one caller", "✗ s2  answers three callers", "the second caller got nothing", "ONE_CALL",
		"The server ended after one caller.", `expected  "HELLO"`, `received  "HELlO"`, "^ byte 3",
		"    0.001 upper[6] recv", "▶ 0.002 upper[7] close", "python, 2 checks in 1.2s",
	} {
		i := strings.Index(text[at:], want)
		require.GreaterOrEqual(t, i, 0, "%q is not there, or too early, in\n%s", want, text)
		at += i
	}
	require.NotContains(t, text, "\x1b", "what a program wrote is harmless")
}

func TestWarningsAreAFewLines(t *testing.T) {
	r := report()
	require.Empty(t, Warnings(r, Style{Plain: true}))
	r.Warnings = map[string]string{
		"upper": "upper.c:4:6: warning: unused variable '\x1b[2J'\n    4 |         int x;\n      |             ^\n",
		"talk":  strings.Repeat("talk.c:1:1: warning: it is long\n", 20),
	}
	text := Warnings(r, Style{Plain: true, Width: 60})
	require.NotContains(t, text, "\x1b")
	require.Contains(t, text, "warnings of upper, which decide nothing:\n| upper.c:4:6: warning: ")
	require.Contains(t, text, "\n|     4 |         int x;\n|       |             ^\n")
	require.Equal(t, warningLines, strings.Count(text, "it is long"))
	require.Contains(t, text, "| … and 8 more lines\n")
	for line := range strings.Lines(text) {
		require.LessOrEqual(t, lipgloss.Width(strings.TrimRight(line, "\n")), 60)
	}
}

func TestTheMarkStandsUnderTheFirstByteThatDiffers(t *testing.T) {
	lines := strings.Split(Verdict(report(), Style{Plain: true}), "\n")
	for i, l := range lines {
		if strings.Contains(l, "received") {
			require.Equal(t, strings.Index(l, "lO"), strings.Index(lines[i+1], "^"))
			return
		}
	}
	t.Fatal("nothing is compared")
}

func TestNoLineOfAVerdictIsWiderThanTheTerminal(t *testing.T) {
	for _, width := range []int{40, 80, 120} {
		for l := range strings.Lines(Verdict(report(), Style{Width: width})) {
			require.LessOrEqual(t, lipgloss.Width(l), width, "%q", l)
		}
	}
}

func TestColourAndPlainSayTheSame(t *testing.T) {
	coloured := Verdict(report(), Style{Width: 80})
	require.Contains(t, coloured, "\x1b[")
	require.Equal(t, Verdict(report(), Style{Width: 80, Plain: true}), stripped(coloured))
}

// stripped takes the colours out.
func stripped(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}

func TestAHeadingIsToldByColourOrByItsMark(t *testing.T) {
	const text = "# Sockets\n\n## What to write\n\nA program.\n"
	require.NotContains(t, Markdown(text, Style{}), "##")
	require.Contains(t, Markdown(text, Style{Plain: true}), "## What to write")
}

func TestWhatAProgramWroteCommandsNoTerminal(t *testing.T) {
	require.Equal(t, "a b·c·d·e", printable("a\tb\x1bc\u202ed\u2028e"))
}
