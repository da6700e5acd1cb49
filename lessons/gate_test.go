package lessons

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"socklab/lessons/check"
	"socklab/runtime/build"
	"socklab/runtime/guesttest"
)

// exits is a program that exits with a code.
func exits(lang build.Language, code int, comment string) string {
	if lang == build.Go {
		return fmt.Sprintf("// %s\npackage main\n\nimport \"os\"\n\nfunc main() { os.Exit(%d) }\n", comment, code)
	}
	return fmt.Sprintf("# %s\nimport sys\nsys.exit(%d)\n", comment, code)
}

// The gate finds each mistake that an author can make.
func TestVerifyFindsAnAuthorsMistakes(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs")
	}
	kit := guesttest.Toolkit(t)
	lang := build.Python // it builds in no time
	if langs := languages(t, kit); len(langs) == 0 {
		t.Skip("no language can be built here")
	} else if len(langs) == 1 {
		lang = langs[0]
	}
	ext := Extension(lang)
	good := map[string]string{
		"lesson.toml": strings.NewReplacer(`"go", "python"`, `"`+string(lang)+`"`, "old.py", "old"+ext).Replace(manifestText),
		"README.md":   "# A lesson\n\nWrite `p`.\n",
		"check.star": `
ONE = diagnosis("ONE", what = "it was {n}", when = lambda e: dict(n = e.guest.code) if e.guest.code == 1 else None)
def c1(t): t.that(t.run("p").code == 0, "no")
def c2(t): t.that(t.run("p").code != 2, "two")
check("c1", "exits with 0", c1, diagnoses = [ONE])
check("c2", "does not exit with 2", c2)
`,
		"museum/old" + ext: "x",
		"starter/p" + ext:  exits(lang, 9, "TODO"),
		"submissions/accepted/" + string(lang) + "/p" + ext: exits(lang, 0, "good"),
		"submissions/wrong_answer/one/p" + ext:              exits(lang, 1, "expect: c1 ONE"),
		"submissions/wrong_answer/two/p" + ext:              exits(lang, 2, "expect: c1 GENERIC, c2 GENERIC"),
	}
	verify := func(t *testing.T, changes map[string]string) string {
		dir := filepath.Join(t.TempDir(), "01-lesson")
		for name, text := range good {
			if changed, ok := changes[name]; ok {
				text = changed
			}
			if text != "" {
				write(t, filepath.Join(dir, filepath.FromSlash(name)), text)
			}
		}
		for name, text := range changes {
			if _, ok := good[name]; !ok {
				write(t, filepath.Join(dir, filepath.FromSlash(name)), text)
			}
		}
		problems, err := Verify(context.Background(), dir, VerifyOptions{Builder: kit})
		require.NoError(t, err)
		var all []string
		for _, p := range problems {
			all = append(all, p.String())
		}
		return strings.Join(all, "\n")
	}
	require.Empty(t, verify(t, nil))
	for _, c := range []struct {
		name, file, text string
		want             string
	}{
		{"a manifest", "lesson.toml", "title = 1", "lesson.toml: "},
		{"a script", "check.star", "oops", "check.star: 01-lesson/check.star:1:1: undefined: oops"},
		{"a text without a title", "README.md", "no title, but `p`", "must begin with a title"},
		{"a text without a contract", "README.md", "# A lesson", "it never says `p`"},
		{"a stray file", "notes.txt", "x", "notes.txt: a stray file"},
		{"a stray source", "starter/q" + ext, "x", "a stray file"},
		{"an unknown verdict", "submissions/odd/x/p" + ext, exits(lang, 0, ""), "a stray file"},
		{"a lost museum piece", "museum/old" + ext, "", "is not in the folder museum"},
		{"no starter", "starter/p" + ext, "", "starter: "},
		{"a starter without a TODO", "starter/p" + ext, exits(lang, 9, "do"), "there is no TODO"},
		{"a starter that passes", "starter/p" + ext, exits(lang, 0, "TODO"), "passes unsolved"},
		{"a starter that does not parse", "starter/p" + ext, "TODO TODO (", "does not parse"},
		{"no model solution", "submissions/accepted/" + string(lang) + "/p" + ext, "", "there must be a model solution"},
		{"a solution that fails", "submissions/accepted/odd/p" + ext, exits(lang, 1, ""), "it fails with ONE, which it does not expect"},
		{"an accepted one that expects", "submissions/accepted/odd/p" + ext, exits(lang, 0, "expect: c1 ONE"), "there is nothing to expect"},
		{"no expectation", "submissions/wrong_answer/x/p" + ext, exits(lang, 1, "x"), "must say what it gets"},
		{"nonsense", "submissions/wrong_answer/x/p" + ext, exits(lang, 1, "expect: whatever"), "is not a check and a diagnosis"},
		{"another diagnosis", "submissions/wrong_answer/one/p" + ext, exits(lang, 1, "expect: c1 TWO"), "TWO was due, it got ONE: it was 1"},
		{"another check", "submissions/wrong_answer/one/p" + ext, exits(lang, 1, "expect: c2 ONE"), "ONE was due, and it passes"},
		{"no such check", "submissions/wrong_answer/one/p" + ext, exits(lang, 1, "expect: c3 ONE"), "there is no such check"},
		{"the other order", "submissions/wrong_answer/two/p" + ext, exits(lang, 2, "expect: c2 GENERIC"), "c2 was to be the first to fail, it is c1"},
		{"another verdict", "submissions/run_time_error/x/p" + ext, exits(lang, 1, "expect: c1 ONE"), "the verdict is WrongAnswer, its folder says RunTimeError"},
		{"one that does not compile", "submissions/wrong_answer/one/p" + ext, "# expect: c1 ONE\n(", "it does not compile"},
		{"a fingerprint that breaks", "check.star", strings.Replace(good["check.star"], "n = e.guest.code", "m = 1", 1), `gives no "n"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, verify(t, map[string]string{c.file: c.text}), c.want)
		})
	}

	_, err := Verify(context.Background(), filepath.Join(t.TempDir(), "01-none"), VerifyOptions{Builder: kit})
	require.NoError(t, err, "it is the author's mistake")
}

func TestFindTakesAFolderOrAFileAlone(t *testing.T) {
	c := twoLessons(t)
	l := c.Lessons[0]
	dir := t.TempDir()
	_, err := l.Find(dir, "")
	require.ErrorIs(t, err, ErrEmpty)
	write(t, filepath.Join(dir, "p.py"), "pass\n")
	write(t, filepath.Join(dir, "alice.go"), "package main\n")
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "p.go")))
	for _, x := range []struct {
		path string
		lang build.Language
		want build.Language
	}{{dir, "", build.Python}, {dir, build.Python, build.Python}, {filepath.Join(dir, "p.py"), "", build.Python}, {filepath.Join(dir, "alice.go"), "", build.Go}} {
		h, err := l.Find(x.path, x.lang)
		require.NoError(t, err, x.path)
		require.Equal(t, x.want, h.Language)
		require.Len(t, h.Sources, 1)
		require.NoError(t, h.Close())
	}
	_, err = l.Find(dir, build.Go)
	require.ErrorIs(t, err, ErrEmpty, "a link is not followed")
	_, err = l.Find(filepath.Join(dir, "p.go"), "")
	require.ErrorIs(t, err, ErrEmpty)
}

// tooLong is a Builder that takes nothing.
type tooLong struct{ folder *os.Root }

func (b *tooLong) Build(context.Context, string) (*build.Program, error) { panic("not by its path") }

func (b *tooLong) BuildIn(_ context.Context, folder *os.Root, name string) (*build.Program, error) {
	b.folder = folder
	return nil, &build.SourceError{Path: filepath.Join(folder.Name(), name), What: "too long"}
}

func TestASubmissionIsBuiltInTheFolderThatWasFound(t *testing.T) {
	l := twoLessons(t).Lessons[0]
	dir, other := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "p.py"), "pass\n")
	h, err := l.Find(dir, "")
	require.NoError(t, err)
	defer h.Close()
	var b tooLong
	sub, err := h.Build(t.Context(), &b)
	require.NoError(t, err)
	require.EqualError(t, sub.Broken["p"], "p.py: too long", "where it lies says nothing of it")
	is := func(path string) bool {
		info, err := os.Lstat(path)
		require.NoError(t, err)
		return h.Is(info)
	}
	require.True(t, is(dir))
	require.False(t, is(other))
	link := filepath.Join(other, "link")
	require.NoError(t, os.Symlink(dir, link))
	require.False(t, is(link))
}

// warned is a Builder whose compiler warns.
type warned struct{}

func (warned) Build(context.Context, string) (*build.Program, error) {
	return &build.Program{Language: build.C, Warnings: "p.c:1:1: warning: careful\n"}, nil
}

func TestWarningsAreToldAndDecideNothing(t *testing.T) {
	l, err := Load(fstest.MapFS{
		"lesson.toml": {Data: []byte(strings.Replace(manifestText, `["go", "python"]`, `["c"]`, 1))}, "README.md": {Data: []byte("# x\n")},
		"check.star": {Data: []byte("def c1(t):\n    t.that(True, '')\ncheck('c1', 'is right', c1)\n")},
	}, "01-x")
	require.NoError(t, err)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "p.c"), "")
	h, err := l.Find(dir, "")
	require.NoError(t, err)
	defer h.Close()
	sub, err := h.Build(t.Context(), warned{})
	require.NoError(t, err)
	rep, err := l.Check(t.Context(), sub, check.Options{})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"p": "p.c:1:1: warning: careful\n"}, rep.Warnings)
	require.Equal(t, check.Accepted, rep.Verdict())
}
