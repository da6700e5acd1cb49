package term

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/stretchr/testify/require"
)

// shown is a screen of a size that shows a view.
func shown(width, height int, v View) *model {
	m := &model{keys: make(chan Key, 8), body: viewport.New()}
	m.Update(tea.WindowSizeMsg{Width: width, Height: height})
	m.Update(v)
	return m
}

func press(m *model, key tea.Key) { m.Update(tea.KeyPressMsg(key)) }

func letter(r rune) tea.Key { return tea.Key{Code: r, Text: string(r)} }

var text = View{
	Title: "05 echo-loop: Two loops", Done: "3 of 5 done", Status: strings.Repeat("a long status ", 20), Mood: "bad", Page: "text",
	Text: func(s Style) string { return strings.Repeat("line\n", 100) + s.cut(strings.Repeat("x", 500)) },
}

func TestAScreenIsNeverWiderOrHigherThanItsTerminal(t *testing.T) {
	for _, size := range [][2]int{{100, 32}, {80, 24}, {40, 10}, {12, 6}} {
		lines := strings.Split(shown(size[0], size[1], text).lines(), "\n")
		require.LessOrEqual(t, len(lines), size[1], "%v", size)
		for _, l := range lines {
			require.LessOrEqual(t, lipgloss.Width(l), size[0], "%v: %q", size, l)
		}
	}
}

func TestTheKeysOfTheFootArriveByTheirNames(t *testing.T) {
	m := shown(80, 24, text)
	for _, k := range Keys {
		if k.Key == "tab" {
			press(m, tea.Key{Code: tea.KeyTab})
		} else {
			press(m, letter(rune(k.Key[0])))
		}
		require.Equal(t, Key{Name: k.Name}, <-m.keys)
	}
	press(m, tea.Key{Code: 'c', Mod: tea.ModCtrl})
	require.Equal(t, Key{Name: "quit"}, <-m.keys)
	press(m, tea.Key{Code: tea.KeyEscape})
	require.Equal(t, Key{Name: "quit"}, <-m.keys)
	press(m, letter('x'))
	require.Empty(t, m.keys)
}

func TestHammeringAKeyBlocksNothing(t *testing.T) {
	m := shown(80, 24, text)
	for range 100 {
		press(m, letter('r'))
	}
	require.Len(t, m.keys, cap(m.keys))
}

func TestAnItemIsChosenWithTheArrows(t *testing.T) {
	m := shown(40, 8, View{Page: "list", Items: []string{"one", "two", "three", "four", "five", "six", "seven"}, At: 1})
	press(m, tea.Key{Code: tea.KeyUp})
	press(m, tea.Key{Code: tea.KeyUp}) // there is none above
	press(m, tea.Key{Code: tea.KeyEnter})
	require.Equal(t, Key{Name: "select", Item: 0}, <-m.keys)
	for range 10 {
		press(m, letter('j'))
	}
	press(m, tea.Key{Code: tea.KeyEnter})
	require.Equal(t, Key{Name: "select", Item: 6}, <-m.keys)
	require.Contains(t, m.lines(), "▶ seven", "the chosen item is in sight")
}

func TestAnotherPageBeginsAtItsTop(t *testing.T) {
	m := shown(40, 10, text)
	press(m, tea.Key{Code: tea.KeyPgDown})
	require.NotZero(t, m.body.YOffset())
	m.Update(text) // the same page again stays where it was
	require.NotZero(t, m.body.YOffset())
	other := text
	other.Page = "verdict"
	m.Update(other)
	require.Zero(t, m.body.YOffset())
}

func TestAScreenEndsWithItsContextAndAtQuit(t *testing.T) {
	in, w, err := os.Pipe()
	require.NoError(t, err)
	defer in.Close()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	s := NewScreen(ctx, in, io.Discard)
	time.AfterFunc(10*time.Millisecond, cancel)
	require.NoError(t, s.Run())
	s = NewScreen(t.Context(), in, io.Discard)
	time.AfterFunc(10*time.Millisecond, s.Quit)
	require.NoError(t, s.Run())
}

// What the terminal answers to a question would reach the stdin of the
// program that `socklab run` runs.
func TestNothingIsAskedOfTheTerminalBeforeThereIsAScreen(t *testing.T) {
	if os.Getenv("SOCKLAB_TEST_SILENT") != "" {
		return // the packages are initialised, and that is all
	}
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("the command script, which has a terminal, is not here")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, script, "-qec", self+" -test.run="+t.Name(), os.DevNull)
	cmd.Env = append(os.Environ(), "SOCKLAB_TEST_SILENT=1", "TERM=xterm-256color")
	cmd.WaitDelay = time.Second // what it has started may have its output
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "PASS")
	require.NotContains(t, string(out), "\x1b")
}

func TestHomeAndEndGoToBothEndsOfAText(t *testing.T) {
	m := shown(80, 24, text)
	press(m, tea.Key{Code: tea.KeyEnd})
	require.True(t, m.body.AtBottom())
	press(m, tea.Key{Code: tea.KeyHome})
	require.True(t, m.body.AtTop())
	press(m, tea.Key{Code: 'g', ShiftedCode: 'G', Text: "G", Mod: tea.ModShift})
	require.True(t, m.body.AtBottom())
	press(m, letter('g'))
	require.True(t, m.body.AtTop())
	require.Empty(t, m.keys)
}

func TestANarrowScreenCutsWhatMattersLeast(t *testing.T) {
	for width, foot := range map[int]string{80: "q quit", 60: "q quit", 40: "tab q"} {
		lines := strings.Split(shown(width, 24, text).lines(), "\n")
		require.Contains(t, lines[0], "3 of 5 done", "%d", width)
		require.Contains(t, lines[22], "↓ 0%", "%d", width)
		require.Contains(t, stripped(lines[23]), foot, "%d", width)
	}
}

func TestControlZGivesTheTerminalToTheShell(t *testing.T) {
	m := shown(80, 24, text)
	_, cmd := m.Update(tea.KeyPressMsg(tea.Key{Code: 'z', Mod: tea.ModCtrl}))
	require.NotNil(t, cmd)
	require.IsType(t, tea.SuspendMsg{}, cmd())
}
