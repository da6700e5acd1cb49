package lessons

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/lessons/check"
	"socklab/runtime/build"
)

const manifestText = `
title = "A lesson"
chapter = "A"
size = "XS"
languages = ["go", "python"]
programs = ["p"]
hints = ["one", "two"]
[[museum]]
file = "museum/old.py"
`

// twoLessons is a small catalogue.
func twoLessons(t *testing.T) *Catalog {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, name := range []string{"01-first", "02-second"} {
		for file, text := range map[string]string{
			"lesson.toml": manifestText, "README.md": "# " + name + "\n", "museum/old.py": "old\n",
			"check.star":   "def c1(t):\n    t.that(t.run('p').code == 0, 'it fails')\ncheck('c1', 'is right', c1)\n",
			"starter/p.go": "// TODO\n", "starter/p.py": "# TODO\n",
			"submissions/accepted/go/p.go": "// solved\n", "submissions/accepted/python/p.py": "# solved\n",
		} {
			fsys[name+"/"+file] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	c, err := LoadAll(fsys)
	require.NoError(t, err)
	require.Len(t, c.Lessons, 2)
	return c
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

func passed() *check.Report {
	return &check.Report{Seed: 7, Checks: []check.Result{{Info: check.Info{ID: "c1", Max: 2}, Outcome: check.Pass, Points: 2}}}
}

func failed() *check.Report {
	return &check.Report{Seed: 8, Checks: []check.Result{{Info: check.Info{ID: "c1", Max: 2}, Outcome: check.Fail}}}
}

func TestAWorkspaceLeadsThroughTheLessons(t *testing.T) {
	c := twoLessons(t)
	dir := filepath.Join(t.TempDir(), "work")
	_, err := OpenWorkspace(dir, c)
	require.ErrorIs(t, err, ErrNoWorkspace)

	w, err := Create(dir, c, build.Python)
	require.NoError(t, err)
	first := w.Current()
	require.Equal(t, "01-first", first.ID())
	file := filepath.Join(dir, "01-first", "p.py")
	require.Equal(t, "# TODO\n", read(t, file))
	require.Equal(t, "old\n", read(t, filepath.Join(dir, "01-first", "museum", "old.py")))
	require.NoFileExists(t, filepath.Join(dir, "01-first", "p.go"))

	// What the student writes is theirs.
	write(t, file, "mine\n")
	require.NoError(t, w.Begin(first))
	require.Equal(t, "mine\n", read(t, file))

	_, err = w.Solution(first, false)
	require.ErrorIs(t, err, ErrNotPassed)
	hint, left, err := w.Hint(first)
	require.NoError(t, err)
	require.Equal(t, "one", hint)
	require.Equal(t, 1, left)

	next, err := w.Note(first, failed())
	require.NoError(t, err)
	require.Nil(t, next)
	require.False(t, w.Done(first))
	next, err = w.Note(first, passed())
	require.NoError(t, err)
	require.Equal(t, "02-second", next.ID())
	require.NoError(t, w.Begin(next))

	// Another program, later, finds it all again.
	w, err = Create(dir, c, build.Go)
	require.NoError(t, err)
	require.Equal(t, build.Python, w.Language(), "an existing workspace stays what it is")
	require.Equal(t, "02-second", w.Current().ID())
	require.True(t, w.Done(first))
	rec := w.Record(first)
	require.Equal(t, 2, rec.Attempts)
	require.Equal(t, 2, rec.Points)
	require.Equal(t, uint64(7), rec.Seed)
	files, err := w.Solution(first, false)
	require.NoError(t, err)
	require.Equal(t, "# solved\n", string(files["p.py"]))
	next, err = w.Note(first, passed())
	require.NoError(t, err)
	require.Nil(t, next, "it was passed before")
	hint, left, err = w.Hint(first)
	require.NoError(t, err)
	require.Equal(t, "two", hint)
	require.Zero(t, left)
	hint, _, err = w.Hint(first)
	require.NoError(t, err)
	require.Equal(t, "two", hint, "there are no more")

	require.NoError(t, w.SetLanguage(build.Go))
	require.FileExists(t, filepath.Join(dir, "02-second", "p.go"))
	require.FileExists(t, filepath.Join(dir, "02-second", "p.py"))
	_, err = w.Solution(w.Current(), true)
	require.NoError(t, err)
	require.True(t, w.Record(w.Current()).Solution)
}

func TestResetKeepsWhatWasWritten(t *testing.T) {
	w, err := Create(t.TempDir(), twoLessons(t), build.Go)
	require.NoError(t, err)
	l := w.Current()
	file := filepath.Join(w.LessonDir(l), "p.go")
	write(t, file, "mine\n")
	write(t, filepath.Join(w.LessonDir(l), "notes.txt"), "mine too\n")
	backup, err := w.Reset(l)
	require.NoError(t, err)
	require.Equal(t, "// TODO\n", read(t, file))
	require.Equal(t, "mine too\n", read(t, filepath.Join(w.LessonDir(l), "notes.txt")), "it is not the lesson's to reset")
	require.Equal(t, "mine\n", read(t, filepath.Join(backup, "p.go")))
}

func TestAProgressFileThatCannotBeReadIsSetAside(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "{broken", "empty": "", "another type": `[1]`, "odd version": `{"version":"x"}`, "odd lessons": `{"version":1,"lessons":[]}`,
		"odd old one": `{"done": 5}`,
	} {
		t.Run(name, func(t *testing.T) {
			c := twoLessons(t)
			w, err := Create(t.TempDir(), c, build.Python)
			require.NoError(t, err)
			require.NoError(t, w.Begin(c.Lessons[1]))
			write(t, w.progressPath(), text)

			w, err = OpenWorkspace(w.Dir, c)
			require.NoError(t, err)
			require.Len(t, w.Notices, 1)
			_, aside, _ := strings.Cut(w.Notices[0], "kept as ")
			aside, _, _ = strings.Cut(aside, ",")
			require.Equal(t, text, read(t, aside))
			require.Equal(t, build.Python, w.Language(), "by the files there are")
			require.Equal(t, c.Lessons[1], w.Current(), "the last that was begun")

			w, err = OpenWorkspace(w.Dir, c)
			require.NoError(t, err)
			require.Empty(t, w.Notices, "once is enough")
		})
	}
}

func TestWorkspacesOfOtherVersions(t *testing.T) {
	c := twoLessons(t)
	w, err := Create(t.TempDir(), c, build.Python)
	require.NoError(t, err)

	write(t, w.progressPath(), `{"current": "second", "language": "go", "done": ["first"]}`)
	w, err = OpenWorkspace(w.Dir, c)
	require.NoError(t, err)
	require.True(t, w.Done(c.Lessons[0]))
	require.Equal(t, build.Go, w.Language())
	require.Equal(t, "second", w.Current().Slug)
	var p Progress
	require.NoError(t, json.Unmarshal([]byte(read(t, w.progressPath())), &p))
	require.Equal(t, progressVersion, p.Version)

	const newer = `{"version": 99, "new": true}`
	write(t, w.progressPath(), newer)
	_, err = OpenWorkspace(w.Dir, c)
	var n *NewerError
	require.ErrorAs(t, err, &n)
	require.Equal(t, newer, read(t, w.progressPath()), "nothing is touched")

	write(t, w.progressPath(), `{"version": 1, "current": "gone", "language": "go", "lessons": {"gone": {"attempts": 3}, "first": null}}`)
	w, err = OpenWorkspace(w.Dir, c)
	require.NoError(t, err)
	require.Equal(t, c.Lessons[0], w.Current())
	require.NoError(t, os.Mkdir(filepath.Join(w.Dir, "77-gone"), 0o755))
	require.Equal(t, []string{"77-gone"}, w.Stale())
	_, err = w.Note(c.Lessons[0], failed())
	require.NoError(t, err)
	require.Contains(t, read(t, w.progressPath()), `"gone"`, "what is not known is kept")
}

func TestAFileIsNoWorkspace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	write(t, file, "")
	_, err := Create(file, twoLessons(t), build.Go)
	require.ErrorContains(t, err, "is not a folder")
}

func TestFindingLessons(t *testing.T) {
	c, err := Builtin()
	require.NoError(t, err)
	for _, name := range []string{"5", "05", "echo-loop", "05-echo-loop", " Echo-Loop "} {
		l, err := c.Find(name)
		require.NoError(t, err, name)
		require.Equal(t, "05-echo-loop", l.ID())
	}
	_, err = c.Find("echo")
	var u *UnknownError
	require.ErrorAs(t, err, &u)
	require.Equal(t, "05-echo-loop", u.Near)
	_, err = c.Find("")
	require.ErrorAs(t, err, &u)
	require.Empty(t, u.Near)

	l, err := c.Find("05")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(l.Text("zh"), "# "), "in English, if there is no other")
	points, err := l.Points()
	require.NoError(t, err)
	require.Equal(t, 11, points)
	require.Equal(t, 20*time.Second, l.Limits.Wall)
}

func TestLoadSaysWhatIsWrongWithAManifest(t *testing.T) {
	for change, want := range map[string]string{
		`title = "A lesson"=>title = ""`:                         "title is missing",
		`chapter = "A"=>chapter = "Z"`:                           "a letter from A to G",
		`size = "XS"=>size = "tiny"`:                             "XS, S, M, L or XL",
		`["go", "python"]=>["pascal"]`:                           "go, python or c",
		`["go", "python"]=>[]`:                                   "no languages",
		`programs = ["p"]=>programs = []`:                        "no programs",
		`programs = ["p"]=>programs = ["../p"]`:                  "without an ending",
		`hints = ["one", "two"]=>hints = []`:                     "no hints",
		`hints = ["one", "two"]=>hints = ["one", " "]`:           "hint 2 is empty",
		`[[museum]]=>[limits]` + "\nmemory = 'lots'\n[[museum]]": "is no size",
		`[[museum]]=>[limits]` + "\nwall = 'soon'\n[[museum]]":   "is no time",
		`[[museum]]=>[[museums]]`:                                "museums is not known",
		`title = =>title `:                                       "lesson.toml",
	} {
		from, to, _ := strings.Cut(change, "=>")
		require.Contains(t, manifestText, from)
		fsys := fstest.MapFS{"lesson.toml": {Data: []byte(strings.Replace(manifestText, from, to, 1))}, "README.md": {}}
		_, err := Load(fsys, "01-x")
		require.ErrorContains(t, err, want, change)
	}
	_, err := Load(fstest.MapFS{}, "x")
	require.ErrorContains(t, err, "NN-slug")
	_, err = Load(fstest.MapFS{}, "01-x")
	require.ErrorContains(t, err, "lesson.toml")
	_, err = Load(fstest.MapFS{"lesson.toml": {Data: []byte(manifestText)}}, "01-x")
	require.ErrorContains(t, err, "README.md")
}

func TestSizes(t *testing.T) {
	for s, want := range map[string]int64{"5": 5, "1B": 1, "64KiB": 64 << 10, "3MiB": 3 << 20, "2GiB": 2 << 30} {
		n, err := parseSize(s)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	for _, s := range []string{"x", "-1", "1TB", "99999999999GiB", "1 MiB", "KiB"} {
		_, err := parseSize(s)
		require.Error(t, err, s)
	}
}

func TestAWorkspaceThatWasMovedIsNotMadeAgain(t *testing.T) {
	c, err := Builtin()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "ws")
	w, err := Create(dir, c, build.Python)
	require.NoError(t, err)
	require.NoError(t, os.Rename(dir, dir+"2"))
	require.ErrorContains(t, w.Begin(c.Lessons[1]), "it was moved, or deleted")
	require.NoDirExists(t, dir)
	require.NoError(t, os.Rename(dir+"2", dir))
	require.NoError(t, w.Begin(c.Lessons[1]))
}

func TestTwoProgramsOnAWorkspaceKeepWhatBothHaveSeen(t *testing.T) {
	c, err := Builtin()
	require.NoError(t, err)
	dir := t.TempDir()
	learning, err := Create(dir, c, build.Go)
	require.NoError(t, err)
	second, err := OpenWorkspace(dir, c)
	require.NoError(t, err)

	_, err = second.Note(c.Lessons[0], &check.Report{Checks: []check.Result{{Info: check.Info{ID: "c1", Class: check.Must}, Outcome: check.Pass}}})
	require.NoError(t, err)
	_, _, err = learning.Hint(c.Lessons[1])
	require.NoError(t, err)
	require.True(t, learning.Done(c.Lessons[0]))
	third, err := OpenWorkspace(dir, c)
	require.NoError(t, err)
	require.True(t, third.Done(c.Lessons[0]))
	require.Equal(t, 1, third.Record(c.Lessons[1]).Hints)

	newer := []byte(`{"version": 99}`)
	require.NoError(t, os.WriteFile(learning.progressPath(), newer, 0o600))
	_, _, err = learning.Hint(c.Lessons[1])
	var refused *NewerError
	require.ErrorAs(t, err, &refused)
	kept, err := os.ReadFile(learning.progressPath())
	require.NoError(t, err)
	require.Equal(t, newer, kept)
}
