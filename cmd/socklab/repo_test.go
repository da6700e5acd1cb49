package main

import (
	"bufio"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
)

// The rules that the repository keeps, as tests.

const root = "../.."

// sources visits the repository's files, leaving out what is built.
func sources(t *testing.T, visit func(path string, d fs.DirEntry)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() && slices.Contains([]string{".git", "bin", "workspace", "node_modules", "testdata"}, d.Name()) {
			return filepath.SkipDir
		}
		visit(filepath.ToSlash(rel), d)
		return nil
	})
	require.NoError(t, err)
}

// goSource reports whether a path is Go of ours: not a student's program, nor
// a file that is laid over the standard library.
func goSource(path string) bool {
	return strings.HasSuffix(path, ".go") && !strings.Contains(path, "/_") &&
		!regexp.MustCompile(`^lessons/[0-9][0-9]-`).MatchString(path)
}

// TestImportsGoOneWay holds each package to those it may import, of ours and
// of others'. A package that is not here has no rule yet, which is an error.
func TestImportsGoOneWay(t *testing.T) {
	// What a package may import besides the standard library: prefixes.
	const wazero = "github.com/tetratelabs/wazero"
	rules := map[string][]string{
		"host/abi":                  {},
		"host/abi/gen":              {"socklab/host/abi"},
		"host/trace":                {"socklab/host/abi"},
		"host/sock":                 {"socklab/host/abi"},
		"host/sock/kernel":          {"socklab/host/abi", "socklab/host/sock", "golang.org/x/sys"},
		"host/sock/local":           {"socklab/host/abi", "socklab/host/sock"},
		"host/sock/policy":          {"socklab/host/abi", "socklab/host/sock"},
		"host/sock/lab":             {"socklab/host/abi", "socklab/host/sock", "golang.org/x/sys"},
		"host/sock/fault":           {"socklab/host/abi", "socklab/host/sock"},
		"host/sock/retain":          {"socklab/host/abi", "socklab/host/sock"},
		"host/sock/socktest":        {"socklab/host/abi", "socklab/host/sock", "github.com/stretchr/testify"},
		"host/files":                {"socklab/host/abi", wazero, "golang.org/x/sys"},
		"host/wasi":                 {"socklab/host/abi", "socklab/host/sock", "socklab/host/trace", wazero, "golang.org/x/term"},
		"runtime/meter":             {},
		"runtime/engine":            {"socklab/host/", "socklab/runtime/meter", wazero, "golang.org/x/sys"},
		"runtime/build":             {"socklab/guests/", "socklab/host/trace", "socklab/runtime/engine", "golang.org/x/mod", "golang.org/x/sys"},
		"runtime/watch":             {"github.com/fsnotify/fsnotify", "golang.org/x/sys"},
		"runtime/guesttest":         {"socklab/guests/toolchains", "socklab/host/sock/", "socklab/runtime/", "github.com/stretchr/testify"},
		"guests/go":                 {},
		"guests/go/std":             {"socklab/guests/go"},
		"guests/go/socket":          {},
		"guests/c":                  {},
		"guests/python":             {"socklab/guests/", "socklab/host/abi"},
		"guests/shell":              {"mvdan.cc/sh/v3"},
		"guests/shell/sh":           {"socklab/guests/shell/command", "mvdan.cc/sh/v3"},
		"guests/shell/command":      {},
		"guests/toolchains":         {"golang.org/x/sys"},
		"guests/conformance":        {"socklab/host/abi", "socklab/host/trace"},
		"lessons":                   {"socklab/lessons/check", "socklab/runtime/", "socklab/guests/go/std", "github.com/BurntSushi/toml"},
		"lessons/check":             {"socklab/host/", "socklab/runtime/", "go.starlark.net", "golang.org/x/sys"},
		"lessons/grade":             {"socklab/host/trace", "socklab/lessons"},
		"cmd/socklab":               {"socklab/", "golang.org/x/term"},
		"cmd/socklab/internal/term": {"socklab/host/trace", "socklab/lessons/check", "charm.land/", "golang.org/x/term"},
		"cmd/bench":                 {"socklab/", "golang.org/x/sys", wazero},
	}
	sources(t, func(path string, d fs.DirEntry) {
		if d.IsDir() || !goSource(path) || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "guests/bench/") {
			return
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		allowed, known := rules[pkg]
		if !known {
			t.Errorf("%s: package %s has no import rule", path, pkg)
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, im := range f.Imports {
			name := strings.Trim(im.Path.Value, `"`)
			if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") && first != "socklab" {
				continue // the standard library
			}
			if !slices.ContainsFunc(allowed, func(p string) bool { return strings.HasPrefix(name, p) }) {
				t.Errorf("%s may not import %s", path, name)
			}
		}
	})
}

func TestEveryPackageHasOneComment(t *testing.T) {
	count := map[string]int{}
	sources(t, func(path string, d fs.DirEntry) {
		if d.IsDir() || !goSource(path) || strings.HasSuffix(path, "_test.go") {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.ParseComments|parser.PackageClauseOnly)
		require.NoError(t, err)
		n := 0
		if f.Doc != nil && strings.HasPrefix(f.Doc.Text(), map[bool]string{true: "Command ", false: "Package "}[f.Name.Name == "main"]) {
			n = 1
		}
		count[filepath.Dir(path)] += n
	})
	for pkg, n := range count {
		require.Equal(t, 1, n, "%s has %d package comments", pkg, n)
	}
}

func TestFilesAreShort(t *testing.T) {
	const most, long, median = 500, 350, 150
	var sizes []int
	sources(t, func(path string, d fs.DirEntry) {
		if d.IsDir() || !goSource(path) || strings.HasSuffix(path, "_test.go") || strings.Contains(filepath.Base(path), "zconst") {
			return
		}
		b, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		n := strings.Count(string(b), "\n")
		sizes = append(sizes, n)
		if n > most {
			t.Errorf("%s has %d lines, more than %d", path, n, most)
		}
	})
	slices.Sort(sizes)
	require.LessOrEqual(t, sizes[len(sizes)/2], median, "the median file")
	require.LessOrEqual(t, sizes[len(sizes)*9/10], long, "nine files in ten")
}

func TestTheTopLevelIsFixed(t *testing.T) {
	allowed := []string{"runtime", "guests", "host", "lessons", "cmd", "go.mod", "go.sum", "Makefile", "README.md",
		"ARCHITECTURE.md", "RATIONALE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "bin", "workspace"}
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			require.Contains(t, allowed, e.Name())
		}
	}
	sources(t, func(path string, d fs.DirEntry) {
		require.NotRegexp(t, `^(runtime|host)/[^/]*\.go$`, path, "no Go files directly in runtime or host")
		require.NotRegexp(t, `^.+/go\.mod$`, path, "one module")
		if d.Type()&fs.ModeSymlink != 0 {
			t.Errorf("%s is a link", path)
		}
		for _, bad := range []string{"util", "utils", "common", "helper", "helpers", "manager", "core"} {
			if d.IsDir() && filepath.Base(path) == bad {
				t.Errorf("%s: a name that says nothing", path)
			}
		}
	})
}

func TestNoFileNamesARegistry(t *testing.T) {
	bad := regexp.MustCompile(`registry\.npmjs|proxy\.golang\.org|"resolved"\s*:`)
	sources(t, func(path string, d fs.DirEntry) {
		if d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return
		}
		b, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		require.NotRegexp(t, bad, string(b), path)
	})
}

func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	sources(t, func(path string, d fs.DirEntry) {
		if d.IsDir() || !strings.HasSuffix(path, ".md") {
			return
		}
		f, err := os.Open(filepath.Join(root, path))
		require.NoError(t, err)
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			for _, m := range link.FindAllStringSubmatch(s.Text(), -1) {
				if strings.Contains(m[1], "://") {
					continue
				}
				if _, err := os.Stat(filepath.Join(root, filepath.Dir(path), m[1])); err != nil {
					t.Errorf("%s: the link to %s leads nowhere", path, m[1])
				}
			}
		}
	})
}

// A student's programs lie in a folder of the clone, by default, and are no
// packages of ours: they may not even compile.
func TestTheGoCommandPassesOverTheWorkspace(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	f, err := modfile.Parse("go.mod", b, nil)
	require.NoError(t, err)
	var ignored []string
	for _, i := range f.Ignore {
		ignored = append(ignored, i.Path)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^WORK +\?= (\S+)$`).FindSubmatch(makefile)
	require.NotNil(t, found)
	require.Contains(t, ignored, "./"+string(found[1]))
}
