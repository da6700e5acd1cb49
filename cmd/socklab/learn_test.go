package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/cmd/socklab/internal/term"
	"socklab/lessons"
	"socklab/lessons/check"
	"socklab/runtime/build"
)

func TestADumbTerminalGetsPlainLines(t *testing.T) {
	var f learnFlags
	require.True(t, f.screen("xterm"))
	require.False(t, f.screen("dumb"))
	t.Setenv("TERM", "dumb")
	t.Setenv("NO_COLOR", "")
	require.True(t, noColour())
	t.Setenv("TERM", "xterm")
	require.False(t, noColour())
}

func TestAVerdictIsShownWhereProgressCannotBeKept(t *testing.T) {
	catalog, err := lessons.Builtin()
	require.NoError(t, err)
	dir := t.TempDir()
	w, err := lessons.Create(dir, catalog, build.Go)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, ".socklab")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".socklab"), nil, 0o644)) // as a full disk, it refuses

	var out, errs lines
	l := &learner{console: console{out: &out, err: &errs}, space: w, lesson: w.Current()}
	report := &check.Report{Checks: []check.Result{{Info: check.Info{ID: "c1", Name: "does it", Class: check.Must}, Outcome: check.Pass}}}
	code, err := l.judge(context.Background(), verdict{report: report})
	require.NoError(t, err)
	require.Equal(t, exitPass, code)
	require.Contains(t, out.b.String(), "✓ c1  does it")
	require.Contains(t, errs.b.String(), "your progress is not kept")
}

// TestAHintIsShownAsItIsWritten: its code keeps its lines, and its list is one.
func TestAHintIsShownAsItIsWritten(t *testing.T) {
	page := term.Markdown(hintPage([]string{"A question?\n", "\n- **Go:** this\n- **Python:** that\n", "```\nfor ever:\n    accept\n```\n"}), term.Style{Plain: true})
	require.Regexp(t, `(?m)^ *• .*Go.*this *$`, page)
	require.Regexp(t, `(?m)^ *for ever: *\n +accept *$`, page)
	require.NotContains(t, page, "```")
	require.Equal(t, []string{"that was the last hint", "1 more hint", "2 more hints"}, []string{moreHints(0), moreHints(1), moreHints(2)})
}

// The workspace may have been moved, and be moved back: it ends nothing.
func TestAHintIsShownWhereProgressCannotBeKept(t *testing.T) {
	catalog, err := lessons.Builtin()
	require.NoError(t, err)
	dir := t.TempDir()
	w, err := lessons.Create(dir, catalog, build.Go)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, ".socklab")))
	l := &learner{space: w, lesson: w.Current()}
	quit, err := l.key(context.Background(), term.Key{Name: "hint"})
	require.NoError(t, err)
	require.False(t, quit)
	require.Equal(t, w.Current().Hints[:1], l.hints)
	require.Contains(t, l.note, "your progress is not kept")
}

func TestATextTellsHowASecondTerminalRunsIt(t *testing.T) {
	files := []string{"/home/s/my lessons/01/sockinfo.py"}
	t.Setenv("PATH", t.TempDir())
	require.Contains(t, terminalNote(files), "cd '/home/s/my lessons/01'\nexport PATH=\"$PATH:/")
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "socklab"), nil, 0o755))
	t.Setenv("PATH", bin)
	require.NotContains(t, terminalNote(files), "PATH")
}
