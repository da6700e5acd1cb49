// Package lessons is the catalogue of lessons: their texts, starters, checks
// and hints, each in a folder NN-slug that is part of the program. It also
// keeps a student's workspace, and verifies a lesson for its author.
//
// What a lesson asserts is in its check.star, which package check runs.
package lessons

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"socklab/lessons/check"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

//go:embed [0-9][0-9]-*
var content embed.FS

// Lesson is one lesson. It is not changed once it is loaded.
type Lesson struct {
	Number    int
	Slug      string // such as echo-loop
	Title     string
	Chapter   string   // a letter; see Chapters
	Size      string   // XS, S, M, L or XL: from ten minutes to half a day
	Needs     []string // slugs of the lessons that come before
	Languages []build.Language
	Programs  []string // as the contract names them, such as upper
	Files     []string // other files that are handed in, such as layers.txt
	Hints     []string // in the order in which to give them
	Predict   []Question
	Museum    []Exhibit
	Explain   string // what the student is asked to say in one sentence, at the end
	Limits    engine.Limits

	fsys fs.FS // the lesson's folder

	once   sync.Once
	script *check.Script
	err    error
}

// Question is asked before the student writes anything; the trace shows the
// truth later.
type Question struct {
	Ask    string   `toml:"ask"`
	Among  []string `toml:"among"`  // answers to choose from; empty: an open question
	Answer string   `toml:"answer"` // what is so, and why
}

// Exhibit is a museum piece: a program that looks right and runs, until one
// fault rule shows what is wrong with it.
type Exhibit struct {
	File  string   `toml:"file"` // in the lesson's folder, such as museum/upper.py
	About string   `toml:"about"`
	Args  []string `toml:"args"`
	Fault string   `toml:"fault"` // the switch; see package fault
	Look  string   `toml:"look"`  // what to look at in the trace
}

// Chapters are the names of the chapters by their letters.
var Chapters = map[string]string{
	"A": "First contact", "B": "The byte stream", "C": "The seed programs, done right",
	"D": "Birth and death of a connection", "E": "Many at once", "F": "Other kinds of socket", "G": "Protocols",
}

// Extension is how a language's source files end.
func Extension(l build.Language) string {
	switch l {
	case build.Go:
		return ".go"
	case build.Python:
		return ".py"
	case build.C:
		return ".c"
	}
	return ".wasm"
}

// ID is the lesson's number and slug, which is its folder's name.
func (l *Lesson) ID() string { return fmt.Sprintf("%02d-%s", l.Number, l.Slug) }

// Text is the lesson's text in a human language, as Markdown; in English if
// there is none in that one. lang is a code such as zh.
func (l *Lesson) Text(lang string) string {
	if lang != "" && lang != "en" {
		if b, err := fs.ReadFile(l.fsys, "README."+lang+".md"); err == nil {
			return string(b)
		}
	}
	b, _ := fs.ReadFile(l.fsys, "README.md") // load has read it
	return string(b)
}

// Starter is the files that a student begins with, by name.
func (l *Lesson) Starter(lang build.Language) (map[string][]byte, error) {
	return l.sources("starter", lang)
}

// Solution is a model solution. Show it only to whoever has passed.
func (l *Lesson) Solution(lang build.Language) (map[string][]byte, error) {
	return l.sources("submissions/accepted/"+string(lang), lang)
}

// sources reads a language's programs in a folder, and the lesson's other
// files.
func (l *Lesson) sources(dir string, lang build.Language) (map[string][]byte, error) {
	if !slices.Contains(l.Languages, lang) {
		return nil, fmt.Errorf("lesson %s has no %s", l.ID(), lang)
	}
	files := map[string][]byte{}
	for _, name := range l.names(lang) {
		b, err := fs.ReadFile(l.fsys, dir+"/"+name)
		if err != nil {
			return nil, fmt.Errorf("lesson %s: %w", l.ID(), err)
		}
		files[name] = b
	}
	return files, nil
}

// names is what a student hands in.
func (l *Lesson) names(lang build.Language) []string {
	var all []string
	for _, p := range l.Programs {
		all = append(all, p+Extension(lang))
	}
	return append(all, l.Files...)
}

// Open reads a file of the lesson's folder, such as a museum piece.
func (l *Lesson) Open(name string) ([]byte, error) { return fs.ReadFile(l.fsys, name) }

// Script is the lesson's checks. It is read once.
func (l *Lesson) Script() (*check.Script, error) {
	l.once.Do(func() {
		var source []byte
		if source, l.err = fs.ReadFile(l.fsys, "check.star"); l.err == nil {
			l.script, l.err = check.Parse(l.ID()+"/check.star", source)
		}
	})
	return l.script, l.err
}

// manifest is lesson.toml.
type manifest struct {
	Title     string     `toml:"title"`
	Chapter   string     `toml:"chapter"`
	Size      string     `toml:"size"`
	Needs     []string   `toml:"needs"`
	Languages []string   `toml:"languages"`
	Programs  []string   `toml:"programs"`
	Files     []string   `toml:"files"`
	Hints     []string   `toml:"hints"`
	Predict   []Question `toml:"predict"`
	Museum    []Exhibit  `toml:"museum"`
	Explain   string     `toml:"explain"`
	Limits    struct {
		Wall        string `toml:"wall"`
		Fuel        uint64 `toml:"fuel"`
		Memory      string `toml:"memory"`
		Output      string `toml:"output"`
		Files       string `toml:"files"`
		Descriptors int    `toml:"descriptors"`
		Connections int    `toml:"connections"`
		Traffic     string `toml:"traffic"`
	} `toml:"limits"`
}

var (
	folderName  = regexp.MustCompile(`^([0-9]{2})-([a-z0-9]+(?:-[a-z0-9]+)*)$`)
	programName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// Load reads a lesson from its folder; name is the folder's name. It does not
// read the check script: see Script.
func Load(fsys fs.FS, name string) (*Lesson, error) {
	m := folderName.FindStringSubmatch(name)
	if m == nil {
		return nil, fmt.Errorf("%s: a lesson's folder is called NN-slug, such as 05-echo-loop", name)
	}
	l := &Lesson{Slug: m[2], fsys: fsys}
	l.Number, _ = strconv.Atoi(m[1])
	b, err := fs.ReadFile(fsys, "lesson.toml")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var man manifest
	meta, err := toml.Decode(string(b), &man)
	if err != nil {
		return nil, fmt.Errorf("%s/lesson.toml: %w", name, err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("%s/lesson.toml: %s is not known", name, extra[0])
	}
	if err := l.take(&man); err != nil {
		return nil, fmt.Errorf("%s/lesson.toml: %w", name, err)
	}
	if _, err := fs.Stat(fsys, "README.md"); err != nil {
		return nil, fmt.Errorf("%s: there is no README.md", name)
	}
	return l, nil
}

func (l *Lesson) take(m *manifest) (err error) {
	l.Title, l.Chapter, l.Size, l.Needs = m.Title, m.Chapter, m.Size, m.Needs
	l.Programs, l.Files, l.Hints, l.Predict, l.Museum, l.Explain = m.Programs, m.Files, m.Hints, m.Predict, m.Museum, m.Explain
	switch {
	case strings.TrimSpace(l.Title) == "":
		return fmt.Errorf("the title is missing")
	case Chapters[l.Chapter] == "":
		return fmt.Errorf("chapter %q: a letter from A to G", l.Chapter)
	case !slices.Contains([]string{"XS", "S", "M", "L", "XL"}, l.Size):
		return fmt.Errorf("size %q: XS, S, M, L or XL", l.Size)
	case len(l.Programs) == 0:
		return fmt.Errorf("no programs")
	case len(l.Hints) == 0:
		return fmt.Errorf("no hints")
	}
	for _, p := range l.Programs {
		if !programName.MatchString(p) {
			return fmt.Errorf("program %q: small letters and digits, without an ending", p)
		}
	}
	for _, f := range l.Files {
		if !fs.ValidPath(f) || strings.Contains(f, "/") {
			return fmt.Errorf("file %q: a name in the student's folder", f)
		}
	}
	for i, h := range l.Hints {
		if strings.TrimSpace(h) == "" {
			return fmt.Errorf("hint %d is empty", i+1)
		}
	}
	for _, name := range m.Languages {
		switch lang := build.Language(name); lang {
		case build.Go, build.Python, build.C:
			l.Languages = append(l.Languages, lang)
		default:
			return fmt.Errorf("language %q: go, python or c", name)
		}
	}
	if len(l.Languages) == 0 {
		return fmt.Errorf("no languages")
	}
	lim := &l.Limits
	*lim = engine.Limits{
		Wall: 20 * time.Second, Fuel: m.Limits.Fuel, Memory: 256 << 20, Output: 1 << 20, FileBytes: 16 << 20,
		Descriptors: 256, Connections: 4096, Traffic: 256 << 20,
	}
	if m.Limits.Wall != "" {
		if lim.Wall, err = time.ParseDuration(m.Limits.Wall); err != nil || lim.Wall <= 0 {
			return fmt.Errorf("limits: wall %q is no time such as 10s", m.Limits.Wall)
		}
	}
	if lim.Fuel == 0 {
		lim.Fuel = defaultFuel
	}
	if m.Limits.Descriptors > 0 {
		lim.Descriptors = m.Limits.Descriptors
	}
	if m.Limits.Connections > 0 {
		lim.Connections = m.Limits.Connections
	}
	memory := int64(lim.Memory)
	for _, size := range []struct {
		name, text string
		to         *int64
	}{{"memory", m.Limits.Memory, &memory}, {"output", m.Limits.Output, &lim.Output}, {"files", m.Limits.Files, &lim.FileBytes}, {"traffic", m.Limits.Traffic, &lim.Traffic}} {
		if size.text == "" {
			continue
		}
		if *size.to, err = parseSize(size.text); err != nil {
			return fmt.Errorf("limits: %s: %w", size.name, err)
		}
	}
	lim.Memory = uint64(memory)
	return nil
}

// defaultFuel is the work that one guest of one check may do: some ten
// seconds of it.
const defaultFuel = 10_000_000_000

// parseSize reads 64KiB, 16MiB, 1GiB or a number of bytes.
func parseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "KMGiB")
	n, err := strconv.ParseInt(digits, 10, 64)
	shift, ok := map[string]int{"": 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30}[s[len(digits):]]
	if err != nil || !ok || n <= 0 || n > 1<<40>>shift {
		return 0, fmt.Errorf("%q is no size such as 64MiB", s)
	}
	return n << shift, nil
}
