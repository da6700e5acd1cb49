package check

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.starlark.net/lib/json"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"

	"socklab/host/trace"
)

// Script is a lesson's checks, read from its check.star. It can be run many
// times at once.
type Script struct {
	name   string
	checks []*checkDef
	common []*diagnosisDef // for every check of the script, after its own
	house  house
	std    *library
}

// checkDef is one check as the script declares it.
type checkDef struct {
	Info
	run       starlark.Callable
	diagnoses []*diagnosisDef
}

// house is what the rules of every lesson allow in this one.
type house struct {
	wildcard bool // binding all interfaces
	outside  bool // trying to reach what is not in the lab
	calls    int  // a second, of an idle guest
	points   int
}

// maxSteps bounds the Starlark steps of one check: what no check that ends
// comes near.
const maxSteps = 30_000_000

//go:embed std/*.star
var std embed.FS

// dialect is Starlark with what a script needs of its options: loops at top
// level are not among them, recursion is not either.
var dialect = &syntax.FileOptions{Set: true, While: true}

// Parse reads a check script. Its error says where, for the lesson's author.
func Parse(name string, source []byte) (*Script, error) {
	lib, err := loadLibrary()
	if err != nil {
		return nil, err
	}
	s := &Script{name: name, house: house{calls: 100, points: 1}, std: lib}
	thread := &starlark.Thread{Name: name, Load: lib.load}
	thread.SetMaxExecutionSteps(maxSteps)
	env := starlark.StringDict{
		"check":     starlark.NewBuiltin("check", s.declareCheck),
		"diagnoses": starlark.NewBuiltin("diagnoses", s.declareDiagnoses),
		"house":     starlark.NewBuiltin("house", s.declareHouse),
	}
	for k, v := range predeclared {
		env[k] = v
	}
	globals, err := starlark.ExecFileOptions(dialect, thread, name, source, env)
	if err != nil {
		return nil, fmt.Errorf("%s", scriptError(err))
	}
	globals.Freeze() // checks run at once and share them
	if len(s.checks) == 0 {
		return nil, fmt.Errorf("%s: the script declares no check", name)
	}
	for _, c := range s.checks {
		for _, d := range c.diagnoses {
			d.when.Freeze()
		}
		c.run.Freeze()
	}
	return s, nil
}

// Checks is what the script has, in its order; the last one is the rules of
// every lesson.
func (s *Script) Checks() []Info {
	var all []Info
	for _, c := range s.checks {
		all = append(all, c.Info)
	}
	return append(all, s.houseInfo())
}

func (s *Script) houseInfo() Info {
	return Info{ID: "house", Name: "keeps the rules of every lesson", Class: Must, Max: s.house.points}
}

var predeclared = starlark.StringDict{
	"diagnosis":   starlark.NewBuiltin("diagnosis", newDiagnosis),
	"struct":      starlark.NewBuiltin("struct", starlarkstruct.Make),
	"json":        json.Module,
	"byte":        starlark.NewBuiltin("byte", byteOf),
	"ascii_upper": starlark.NewBuiltin("ascii_upper", asciiUpper),
	"quoted":      starlark.NewBuiltin("quoted", quoted),
	"MUST":        starlark.String(Must),
	"WHITE_BOX":   starlark.String(WhiteBox),
	"STYLE":       starlark.String(Style),
}

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,15}$`)

func (s *Script) declareCheck(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	c := &checkDef{Info: Info{Class: Must, Max: 1}}
	var class string
	var list *starlark.List
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "id", &c.ID, "name", &c.Name, "run", &c.run,
		"points?", &c.Max, "kind?", &class, "diagnoses?", &list); err != nil {
		return nil, err
	}
	if class != "" {
		c.Class = Class(class)
	}
	switch {
	case !idPattern.MatchString(c.ID) || c.ID == "house":
		return nil, fmt.Errorf("check: %q is no id; one is a few small letters and digits, such as s3", c.ID)
	case slices.ContainsFunc(s.checks, func(o *checkDef) bool { return o.ID == c.ID }):
		return nil, fmt.Errorf("check: there are two %q", c.ID)
	case strings.TrimSpace(c.Name) == "":
		return nil, fmt.Errorf("check %s: its name must be a sentence", c.ID)
	case c.Class != Must && c.Class != WhiteBox && c.Class != Style:
		return nil, fmt.Errorf("check %s: kind must be MUST, WHITE_BOX or STYLE", c.ID)
	case c.Max < 0 || c.Max > 1000 || c.Class == Style && c.Max > 1:
		return nil, fmt.Errorf("check %s: points must be 0 to 1000, and none for a matter of style", c.ID)
	}
	if c.Class == Style {
		c.Max = 0
	}
	var err error
	if c.diagnoses, err = diagnosisList(list); err != nil {
		return nil, fmt.Errorf("check %s: %w", c.ID, err)
	}
	s.checks = append(s.checks, c)
	return starlark.None, nil
}

func (s *Script) declareDiagnoses(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var list *starlark.List
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "list", &list); err != nil {
		return nil, err
	}
	more, err := diagnosisList(list)
	s.common = append(s.common, more...)
	return starlark.None, err
}

func (s *Script) declareHouse(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	h := &s.house
	err := starlark.UnpackArgs(b.Name(), args, kwargs, "points?", &h.points, "wildcard?", &h.wildcard, "outside?", &h.outside, "calls_per_second?", &h.calls)
	return starlark.None, err
}

// library is the diagnoses that every lesson can load.
type library struct {
	modules map[string]starlark.StringDict
	first   []*diagnosisDef // for every check, before the lesson's
	generic []*diagnosisDef // and after
	house   []*diagnosisDef // the rules of every lesson
}

// loadLibrary reads the folder std.
func loadLibrary() (*library, error) {
	lib := &library{modules: map[string]starlark.StringDict{}}
	entries, err := std.ReadDir("std")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if _, err := lib.load(nil, e.Name()); err != nil {
			return nil, fmt.Errorf("%s", scriptError(err))
		}
	}
	take := func(module, name string) (list []*diagnosisDef) {
		v, _ := lib.modules[module][name].(*starlark.List)
		if list, err = diagnosisList(v); err != nil {
			err = fmt.Errorf("std/%s: %s: %w", module, name, err)
		}
		return list
	}
	if lib.generic = take("diagnoses.star", "ALWAYS"); err != nil {
		return nil, err
	}
	if lib.first = take("diagnoses.star", "FIRST"); err != nil {
		return nil, err
	}
	lib.house = take("house.star", "HOUSE")
	return lib, err
}

// load is a module of std. It runs when it is first asked for.
func (l *library) load(_ *starlark.Thread, module string) (starlark.StringDict, error) {
	if m, ok := l.modules[module]; ok {
		return m, nil
	}
	source, err := std.ReadFile("std/" + module)
	if err != nil {
		return nil, fmt.Errorf("there is no %q to load; there are diagnoses.star, house.star, programs.star and servers.star", module)
	}
	l.modules[module] = nil // whoever asks while it runs finds nothing in it
	globals, err := starlark.ExecFileOptions(dialect, &starlark.Thread{Name: module, Load: l.load}, "std/"+module, source, predeclared)
	if err != nil {
		return nil, err
	}
	globals.Freeze()
	l.modules[module] = globals
	return globals, nil
}

// asciiUpper makes a-z A-Z and leaves every other byte alone.
func asciiUpper(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var d data
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &d); err != nil {
		return nil, err
	}
	for i, c := range d {
		if c >= 'a' && c <= 'z' {
			d[i] = c - 'a' + 'A'
		}
	}
	return starlark.String(d), nil
}

// byteOf is the string of one byte.
func byteOf(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	n := 0
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "n", &n); err != nil {
		return nil, err
	}
	if n < 0 || n > 255 {
		return nil, fmt.Errorf("byte: %d is none", n)
	}
	return starlark.String([]byte{byte(n)}), nil
}

// quoted shows bytes as a diagnosis may: in quotes, nothing unprintable.
func quoted(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var d data
	limit := 60
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &d, "limit?", &limit); err != nil {
		return nil, err
	}
	return starlark.String(trace.Quote(d, limit)), nil
}
