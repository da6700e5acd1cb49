package build

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// folder makes a folder of files, each text by its name.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
	}
	return dir
}

// isStd stands for a standard library.
func isStd(path string) bool {
	return slices.Contains([]string{"fmt", "os", "embed", "net/http", "net"}, path)
}

func readGo(source, goVersion string, isStd func(string) bool) (*goSource, error) {
	o, err := open(source, Go)
	if err != nil {
		return nil, err
	}
	defer o.folder.Close()
	return o.readGo(goVersion, isStd)
}

func readFolder(t *testing.T, files map[string]string) (*goSource, error) {
	t.Helper()
	return readGo(folder(t, files), "go1.26.8", isStd)
}

// refused checks that a source is refused in these words, and as the
// student's failure.
func refused(t *testing.T, err error, words ...string) {
	t.Helper()
	var compile *CompileError
	var source *SourceError
	require.Truef(t, errors.As(err, &compile) || errors.As(err, &source), "%v", err)
	for _, w := range words {
		require.ErrorContains(t, err, w)
	}
}

func TestPackagesAreReadInTheOrderOfTheirImports(t *testing.T) {
	files := map[string]string{
		"go.mod":      "module example.org/echo\n\ngo 1.25\n",
		"main.go":     "package main\n\nimport (\n\t\"fmt\"\n\t\"example.org/echo/b\"\n\t\"example.org/echo/a/deep\"\n)\n",
		"more.go":     "package main\n\nimport _ \"unsafe\"\n",
		"b/b.go":      "package b\n\nimport \"example.org/echo/a/deep\"\n",
		"a/deep/d.go": "package deep\n\nimport \"os\"\n",
		"a/unused.go": "package a\n\nimport \"example.org/nowhere\"\n",
	}
	s, err := readFolder(t, files)
	require.NoError(t, err)
	var order []string
	for _, p := range s.packages {
		order = append(order, p.path)
	}
	require.Equal(t, []string{"example.org/echo/a/deep", "example.org/echo/b", "main"}, order)
	require.Equal(t, []string{"main.go", "more.go"}, s.packages[2].files)
	require.Equal(t, []string{"fmt", "os", "runtime"}, s.std)
	require.Equal(t, "go1.25", s.lang)
}

func TestWithoutAModuleFoldersAreImportedByTheirNames(t *testing.T) {
	s, err := readFolder(t, map[string]string{
		"main.go": "package main\n\nimport (\n\t\"net\"\n\t\"proto/line\"\n\t\"socklab/socket\"\n)\n", "proto/line/l.go": "package line\n", "net/n.go": "package net\n",
	})
	require.NoError(t, err)
	require.Len(t, s.packages, 2)
	require.Equal(t, "proto/line", s.packages[0].path)
	require.Equal(t, []string{"net", "runtime", "socklab/socket"}, s.std, "the standard library comes first")
	require.Equal(t, "go1.26", s.lang)
}

func TestASingleFileIsAProgramByItself(t *testing.T) {
	dir := folder(t, map[string]string{"a.go": "package main\n", "b.go": "package main\n"})
	s, err := readGo(filepath.Join(dir, "b.go"), "go1.26.8", isStd)
	require.NoError(t, err)
	require.Equal(t, []string{"b.go"}, s.packages[0].files)
	require.NotContains(t, s.files, "a.go")
}

// Files that are a program each begin with such a line, lest an editor take
// them for one.
func TestASingleFileMayStandAlone(t *testing.T) {
	const alone = "//go:build ignore\n\npackage "
	dir := folder(t, map[string]string{
		"a.go": alone + "main\n\nimport \"sub\"\n", "b.go": alone + "main\n", "linux.go": "//go:build linux\n\npackage main\n",
		"sub/s.go": "package sub\n", "sub/gen.go": alone + "main\n",
	})
	s, err := readGo(filepath.Join(dir, "a.go"), "go1.26.8", isStd)
	require.NoError(t, err)
	require.Equal(t, []string{"sub/s.go"}, s.packages[0].files)
	require.Equal(t, []string{"a.go"}, s.packages[1].files)
	_, err = readGo(filepath.Join(dir, "linux.go"), "go1.26.8", isStd)
	refused(t, err, "linux.go: it is not for the sandbox")
	_, err = readGo(dir, "go1.26.8", isStd)
	refused(t, err, "no Go file in it is for the sandbox")
}

func TestFilesForOtherSystemsAreLeftOut(t *testing.T) {
	s, err := readFolder(t, map[string]string{
		"main.go": "package main\n", "x_linux.go": "package main\n", "x_wasip1.go": "package main\n", "x_test.go": "package main\n",
		"tag.go": "//go:build !wasip1\n\npackage main\n", "new.go": "//go:build go1.26\n\npackage main\n", "newer.go": "//go:build go1.27\n\npackage main\n",
		"asm_amd64.s": "", "_hidden.go": "broken", ".dot.go": "broken",
	})
	require.NoError(t, err)
	require.Equal(t, []string{"main.go", "new.go", "x_wasip1.go"}, s.packages[0].files)
}

func TestWhatCannotBeImportedIsRefusedByNameAndLine(t *testing.T) {
	for im, words := range map[string]string{
		"example.org/x":       "only the standard library",
		"C":                   "only Go can be used here",
		"internal/poll":       "internal to the standard library",
		"net/internal/socket": "internal to the standard library",
		"./sub":               "without dots",
		"../../etc":           "without dots",
		"fmtt":                "no such package",
		"sub/none":            "no such package",
		"/etc":                "no such package",
	} {
		_, err := readFolder(t, map[string]string{"a.go": "package main\n\nimport \"" + im + "\"\n", "sub/s.go": "package sub\n"})
		refused(t, err, "a.go:3", im, words)
	}
	mod := map[string]string{"go.mod": "module m\n", "a.go": "package main\n\nimport \"m/none\"\n"}
	_, err := readFolder(t, mod)
	refused(t, err, "a.go:3", "there is no folder none")
	mod["a.go"] = "package main\n\nimport \"m\"\n"
	_, err = readFolder(t, mod)
	refused(t, err, "a.go:3", "is a program, which cannot be imported")
	mod["a.go"], mod["none/n.go"] = "package main\n\nimport \"m/none\"\n", "package main\n"
	_, err = readFolder(t, mod)
	refused(t, err, "none/n.go", "is a program, which cannot be imported")
}

func TestAnImportPathSaysNothingElseToTheCompiler(t *testing.T) {
	evil := "a\npackagefile fmt="
	_, err := readFolder(t, map[string]string{"main.go": "package main\n\nimport \"a\\npackagefile fmt=\"\n", evil + "/x.go": "package x\n"})
	refused(t, err, "main.go:3")
	_, err = readFolder(t, map[string]string{"go.mod": "module \"a\\nb\"\n", "main.go": "package main\n\nimport \"a\\nb/sub\"\n", "sub/x.go": "package x\n"})
	refused(t, err, "a")
	_, err = readFolder(t, map[string]string{"main.go": "package main\n\nimport \"ü\"\n", "ü/x.go": "package x\n"})
	refused(t, err, "main.go:3", "no import path has such characters")
}

func TestImportsInACircleAreRefused(t *testing.T) {
	_, err := readFolder(t, map[string]string{
		"go.mod": "module m\n", "main.go": "package main\n\nimport \"m/a\"\n",
		"a/a.go": "package a\n\nimport \"m/b\"\n", "b/b.go": "package b\n\nimport \"m/a\"\n",
	})
	refused(t, err, "b/b.go:3:8: import cycle not allowed: main imports m/a imports m/b imports m/a")
}

// What a go.mod says about other modules, toolchains and tools is never acted
// upon.
func TestAGoModIsReadForItsNameAndLanguageAlone(t *testing.T) {
	read := func(mod string) (*goSource, error) {
		return readFolder(t, map[string]string{"go.mod": mod, "main.go": "package main\n"})
	}
	s, err := read("// -toolexec=/bin/evil\nmodule m // -toolexec\n\ngo 1.21\n\ntoolchain go1.99.1\n\ngodebug panicnil=1\n\nexclude example.org/x v1.0.0\n")
	require.NoError(t, err)
	require.Equal(t, "go1.21", s.lang)
	s, err = read("module m\n")
	require.NoError(t, err)
	require.Equal(t, "go1.16", s.lang)
	_, err = read("module m\ngo 1.26\nrequire socklab v0.0.0\nreplace socklab => ../..\n")
	require.NoError(t, err, "the lessons' package is ours in any case")
	for mod, words := range map[string]string{
		"module m\n\nrequire example.org/x v1.2.3\n":                  "go.mod:3: require example.org/x",
		"module m\n\nreplace fmt => ../../../etc\n":                   "go.mod:3: replace fmt",
		"module m\n\nreplace (\n\tgolang.org/x/net => /tmp/evil\n)\n": "go.mod:4: replace golang.org/x/net",
		"module m\n\ngo 1.27\n":                                       "go.mod:3: go 1.27: the compiler here is go1.26.8",
		"module m\n\nfrobnicate x\n":                                  "go.mod:3: unknown directive: frobnicate",
		"go 1.26\n":                                                   "go.mod: there is no module line",
		"module \x00\n":                                               "go.mod:1",
		"\xff\xfe":                                                    "go.mod:1",
	} {
		_, err := read(mod)
		refused(t, err, words)
	}
}

func TestNothingOutsideTheFolderIsRead(t *testing.T) {
	outside := write(t, "secret.go", "package main\n\nconst secret = 1\n")
	link := func(target, name string, files map[string]string) string {
		dir := folder(t, files)
		require.NoError(t, os.Symlink(target, filepath.Join(dir, name)))
		return dir
	}
	main := map[string]string{"main.go": "package main\n"}
	sub := map[string]string{"go.mod": "module m\n", "main.go": "package main\n\nimport \"m/sub\"\n"}
	embed := map[string]string{"main.go": "package main\n\nimport _ \"embed\"\n\n//go:embed secret\nvar s string\n"}
	for name, c := range map[string]struct{ source, words string }{
		"a file":          {link(outside, "x.go", main), "leads out of the program's folder"},
		"a relative one":  {link("../../../../../../etc/passwd", "x.go", main), "leads out of the program's folder"},
		"the named file":  {filepath.Join(link(outside, "x.go", main), "x.go"), "leads out of the program's folder"},
		"a package":       {link(filepath.Dir(outside), "sub", sub), "there is no folder sub"},
		"go.mod":          {link(outside, "go.mod", main), "leads out of the program's folder"},
		"an embedded one": {link(outside, "secret", embed), "cannot embed irregular file secret"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readGo(c.source, "go1.26.8", isStd)
			refused(t, err, c.words)
		})
	}
	s, err := readGo(link("main.txt", "x.go", map[string]string{"main.txt": "package main\n"}), "go1.26.8", isStd)
	require.NoError(t, err, "a link within the folder is as good as a file")
	require.Equal(t, "package main\n", string(s.files["x.go"]))
}

func TestEmbeddedFilesComeFromTheFolder(t *testing.T) {
	source := func(pattern string) map[string]string {
		return map[string]string{
			"main.go":   "package main\n\nimport \"embed\"\n\n//go:embed " + pattern + "\nvar f embed.FS\n",
			"page.html": "<p>", "www/a.txt": "a", "www/.b": "b", "www/deep/c": "c",
		}
	}
	for pattern, want := range map[string][]string{
		"page.html": {"page.html"}, "*.html": {"page.html"}, "www": {"www/a.txt", "www/deep/c"},
		"all:www": {"www/.b", "www/a.txt", "www/deep/c"}, "www/*": {"www/.b", "www/a.txt", "www/deep/c"},
	} {
		s, err := readFolder(t, source(pattern))
		require.NoError(t, err, pattern)
		require.Equal(t, map[string][]string{pattern: want}, s.packages[0].embeds)
		for _, name := range want {
			require.Contains(t, s.files, name)
		}
	}
	for pattern, words := range map[string]string{
		"../../etc/passwd": "only files in the folder",
		"/etc/passwd":      "only files in the folder",
		"www/../main.go":   "only files in the folder",
		"all:../x":         "only files in the folder",
		".":                "only files in the folder",
		"none":             "no matching files found",
		"[":                "invalid pattern syntax",
		"main.go/x":        "no matching files found",
	} {
		_, err := readFolder(t, source(pattern))
		refused(t, err, "main.go:5", words)
	}
}

func TestASourceIsReadWithinLimits(t *testing.T) {
	main := "package main\n"
	big := write(t, "big.go", main)
	require.NoError(t, os.Truncate(big, 50<<20))
	_, err := readGo(big, "go1.26.8", isStd)
	refused(t, err, "52428800 bytes long")
	_, err = readGo(filepath.Dir(big), "go1.26.8", isStd)
	refused(t, err, "52428800 bytes long")

	entries, listed := maxGoEntries, maxGoListed
	defer func() { maxGoEntries, maxGoListed = entries, listed }()
	maxGoEntries, maxGoListed = 100, 200
	many := folder(t, map[string]string{"main.go": main})
	for i := range maxGoEntries {
		require.NoError(t, os.WriteFile(filepath.Join(many, fmt.Sprintf("%d.txt", i)), nil, 0o666))
	}
	_, err = readGo(many, "go1.26.8", isStd)
	refused(t, err, "a folder of more than 100 files")
	_, err = readGo(filepath.Join(many, "main.go"), "go1.26.8", isStd)
	require.NoError(t, err, "a single file has nothing to do with what is beside it")

	maxGoEntries, maxGoListed = entries, listed
	files := map[string]string{}
	for i := range maxGoFiles + 1 {
		files[fmt.Sprintf("f%d.go", i)] = main
	}
	_, err = readFolder(t, files)
	refused(t, err, "more than 1000 files")

	maxGoListed = 200
	folders := map[string]string{"main.go": "package main\n\nimport \"embed\"\n\n//go:embed */*\nvar f embed.FS\n"}
	dir := folder(t, folders)
	for i := range 3 {
		sub := filepath.Join(dir, fmt.Sprint(i))
		require.NoError(t, os.Mkdir(sub, 0o777))
		for j := range maxGoListed / 3 {
			require.NoError(t, os.WriteFile(filepath.Join(sub, fmt.Sprint(j)), nil, 0o666))
		}
	}
	_, err = readGo(dir, "go1.26.8", isStd)
	refused(t, err, "more than 200 files")

	heavy := map[string]string{"main.go": "package main\n\nimport \"embed\"\n\n//go:embed *.bin\nvar f embed.FS\n"}
	dir = folder(t, heavy)
	for i := range 3 {
		name := filepath.Join(dir, fmt.Sprintf("%d.bin", i))
		require.NoError(t, os.WriteFile(name, nil, 0o666))
		require.NoError(t, os.Truncate(name, maxGoBytes/2))
	}
	_, err = readGo(dir, "go1.26.8", isStd)
	refused(t, err, "more than 64 MiB")
}

func TestFewComplaintsAreMadeOfMany(t *testing.T) {
	var imports, requires, patterns strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&imports, "import \"x%d\"\n", i)
		fmt.Fprintf(&requires, "require x.y/z%d v1.0.0\n", i)
	}
	for i := range maxEmbeds + 1 {
		fmt.Fprintf(&patterns, " p%d", i)
	}
	for _, files := range []map[string]string{
		{"main.go": "package main\n\n" + imports.String()},
		{"main.go": "package main\n", "go.mod": "module m\n" + requires.String()[:strings.LastIndex(requires.String()[:maxGoMod-100], "\n")]},
		{"main.go": "package main\n", "go.mod": "module m\n" + strings.Repeat("x y\n", 50_000)},
	} {
		_, err := readFolder(t, files)
		var compile *CompileError
		require.ErrorAs(t, err, &compile)
		require.Len(t, compile.Diagnostics, maxComplaints)
	}
	_, err := readFolder(t, map[string]string{"main.go": "package main\n\nimport \"embed\"\n\n//go:embed" + patterns.String() + "\nvar f embed.FS\n"})
	refused(t, err, "more than 250 patterns")
	_, err = readFolder(t, map[string]string{"main.go": "package main\n", "go.mod": "module m\n" + strings.Repeat("/", maxGoMod)})
	refused(t, err, "more than the 1048576 allowed")
}

func TestWhatIsNoProgramIsSaidToBeNone(t *testing.T) {
	for words, files := range map[string]map[string]string{
		"no Go file in it is for the sandbox":          {"x_linux.go": "package main\n"},
		"a.go: package echo is not a program":          {"a.go": "package echo\n"},
		"b.go: it is of package b, and a.go beside it": {"a.go": "package main\n", "b.go": "package b\n"},
		"assembly cannot be used here":                 {"a.go": "package main\n", "a.s": "TEXT x(SB),0,$0\n"},
		"a.go:1:1: expected 'package'":                 {"a.go": "x"},
		"unexpected NUL in input":                      {"a.go": "package main\n\x00\n"},
		"a.go:3:8":                                     {"a.go": "package main\n\nimport (\n\t\"fmt\n"},
	} {
		_, err := readFolder(t, files)
		if words == "a.go:3:8" {
			words = "a.go:4"
		}
		refused(t, err, words)
	}
	_, err := readFolder(t, map[string]string{"a.go": "\xef\xbb\xbfpackage main\n"})
	require.NoError(t, err, "a byte order mark is allowed")
	dir := folder(t, map[string]string{"a.go": "package main\n"})
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "b.go"), 0o600))
	_, err = readGo(dir, "go1.26.8", isStd)
	refused(t, err, "b.go: not a regular file")
	_, err = readGo("/nowhere.go", "go1.26.8", isStd)
	refused(t, err, "no such file")
}

func TestPackagesThatDoNothingAreToldOf(t *testing.T) {
	for imports, want := range map[string]string{
		`"os/signal"`: "",
		`"os/exec"`:   "main.go: note: os/exec starts no process in the sandbox; socklab/socket's Command runs a command line\n",
	} {
		source := write(t, "main.go", "package main\n\nimport ("+imports+")\n\nfunc main() {}\n")
		src, err := readGo(source, "go1.26", func(string) bool { return true })
		require.NoError(t, err)
		require.Equal(t, want, src.warnings("main.go"))
	}
}
