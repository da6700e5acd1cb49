package term

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
)

// Key is what the student asks for.
type Key struct {
	Name string // a name of Keys, or "select"
	Item int    // of select: which line of the list
}

// Keys are the keys of the screen, in the order of its foot.
var Keys = []struct{ Key, Name, Label, Short string }{
	{"h", "hint", "hint", "hint"},
	{"n", "next", "next", "next"},
	{"l", "list", "list", "list"},
	{"t", "trace", "trace", "trace"},
	{"r", "run", "run again", "run"},
	{"tab", "page", "text/verdict", "page"},
	{"q", "quit", "quit", "quit"},
}

// View is what the screen shows. Texts are made for a width, since terminals
// change theirs.
type View struct {
	Title  string // of the lesson
	Done   string // how far the student is
	Status string // one line: what happens now
	Mood   string // of the status: "", "good", "bad", "odd"

	Page  string               // names the text: another name begins at its top
	Text  func(s Style) string // the body
	Items []string             // instead of Text: a list to choose from
	At    int                  // the item to begin at
	Alone bool                 // nothing but choosing and quitting: a question
}

// Screen is the terminal interface of learn.
type Screen struct {
	ctx     context.Context
	program *tea.Program
	keys    chan Key
}

// NewScreen makes a screen on a terminal.
func NewScreen(ctx context.Context, in *os.File, out io.Writer) *Screen {
	s := &Screen{ctx: ctx, keys: make(chan Key, 8)}
	m := &model{keys: s.keys, body: viewport.New(viewport.WithWidth(80), viewport.WithHeight(20))}
	s.program = tea.NewProgram(m, tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler())
	return s
}

// Keys is where the student's wishes arrive. It is closed by nobody.
func (s *Screen) Keys() <-chan Key { return s.keys }

// Show replaces what is shown. It may be called from any goroutine.
func (s *Screen) Show(v View) { s.program.Send(v) }

// Quit ends Run and gives the terminal back.
func (s *Screen) Quit() { s.program.Quit() }

// Run shows the screen until Quit, or the context's end.
func (s *Screen) Run() error {
	// A context of the kit's own would kill it while it reads the terminal.
	defer context.AfterFunc(s.ctx, s.Quit)()
	_, err := s.program.Run()
	return err
}

// model is the screen as bubbletea knows it.
type model struct {
	keys          chan Key
	view          View
	body          viewport.Model
	width, height int
	at            int // the chosen item
}

func (m *model) Init() tea.Cmd { return nil }

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.body.SetWidth(msg.Width)
		m.body.SetHeight(max(msg.Height-4, 1))
		m.fill(false)
		return m, nil
	case View:
		fresh := msg.Page != m.view.Page
		m.view = msg
		if fresh {
			m.at = msg.At
		}
		m.fill(fresh)
		return m, nil
	case tea.KeyPressMsg:
		if msg.String() == "ctrl+z" {
			return m, tea.Suspend
		}
		if m.key(msg.String()) {
			return m, nil
		}
	}
	var cmd tea.Cmd
	m.body, cmd = m.body.Update(msg)
	return m, cmd
}

// key handles a key, unless it is the body's (scrolling).
func (m *model) key(key string) bool {
	if key == "ctrl+c" || key == "esc" {
		key = "q"
	}
	if n := len(m.view.Items); n > 0 {
		switch key {
		case "up", "k":
			m.at = max(m.at-1, 0)
		case "down", "j":
			m.at = min(m.at+1, n-1)
		case "enter":
			m.send(Key{Name: "select", Item: m.at})
		default:
			return m.command(key)
		}
		m.fill(false)
		return true
	}
	switch key {
	case "home", "g":
		m.body.GotoTop()
		return true
	case "end", "G", "shift+g":
		m.body.GotoBottom()
		return true
	}
	return m.command(key)
}

func (m *model) command(key string) bool {
	for _, k := range Keys {
		if k.Key == key {
			m.send(Key{Name: k.Name})
			return true
		}
	}
	return false
}

// send gives a wish to whoever listens; a student who hammers a key gains
// nothing by it.
func (m *model) send(k Key) {
	select {
	case m.keys <- k:
	default:
	}
}

// fill makes the body's text.
func (m *model) fill(top bool) {
	if m.width == 0 {
		return
	}
	style := Style{Width: m.width}
	switch {
	case len(m.view.Items) > 0:
		var b strings.Builder
		for i, item := range m.view.Items {
			if i == m.at {
				b.WriteString(style.paint("bold", style.cut("▶ "+item)) + "\n")
			} else {
				b.WriteString(style.cut("  "+item) + "\n")
			}
		}
		m.body.SetContent(b.String())
		if m.at >= m.body.YOffset()+m.body.Height() {
			m.body.SetYOffset(m.at - m.body.Height() + 1)
		} else if m.at < m.body.YOffset() {
			m.body.SetYOffset(m.at)
		}
	case m.view.Text != nil:
		m.body.SetContent(strings.TrimRight(m.view.Text(style), "\n"))
	}
	if top {
		m.body.GotoTop()
	}
}

func (m *model) View() tea.View {
	v := tea.NewView(m.lines())
	v.AltScreen = true
	return v
}

// lines are the whole screen.
func (m *model) lines() string {
	if m.width == 0 {
		return ""
	}
	style := Style{Width: m.width}
	title := style.paint("bold", style.less(m.view.Done, 2).cut(" "+m.view.Title))
	gap := max(m.width-lipgloss.Width(title)-lipgloss.Width(m.view.Done)-1, 1)
	head := style.cutANSI(title + strings.Repeat(" ", gap) + m.view.Done)

	more := ""
	if !m.body.AtBottom() {
		more = fmt.Sprintf("  ↓ %d%%", int(m.body.ScrollPercent()*100))
	}
	status := style.less(more, 0).cut(" " + m.view.Status)
	if m.view.Mood != "" {
		status = style.paint(m.view.Mood, status)
	}
	rule := style.paint("dim", strings.Repeat("─", m.width))
	return strings.Join([]string{
		head, rule, m.body.View(), style.cutANSI(status + style.paint("dim", more)),
		style.cutANSI(" " + m.foot()),
	}, "\n")
}

// foot tells the keys: in full, in short, or the keys alone, whichever fits.
func (m *model) foot() string {
	style := Style{Width: m.width}
	var full, short, bare []string
	for _, k := range Keys {
		if m.view.Alone && k.Name != "quit" {
			continue
		}
		key := style.paint("bold", k.Key)
		full, short, bare = append(full, key+" "+k.Label), append(short, key+" "+k.Short), append(bare, key)
	}
	for _, foot := range []string{strings.Join(full, "  "), strings.Join(short, " ")} {
		if lipgloss.Width(foot)+1 <= m.width {
			return foot
		}
	}
	return "keys: " + strings.Join(bare, " ")
}

// less is a style with room left for something beside the text.
func (s *Style) less(beside string, gap int) *Style {
	return &Style{Width: max(s.Width-lipgloss.Width(beside)-gap, 2), Plain: s.Plain}
}

// cutANSI shortens a line that may be coloured.
func (s *Style) cutANSI(line string) string {
	return lipgloss.NewStyle().MaxWidth(s.Width).Render(line)
}
