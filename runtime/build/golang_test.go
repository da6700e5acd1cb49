package build

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/runtime/engine"
)

// shared is an engine with the cache that the command uses too, so that
// first-time steps are done once.
var shared = sync.OnceValues(func() (*engine.Engine, error) {
	return engine.New(context.Background(), engine.Options{CacheDir: sharedCache()})
})

func sharedCache() string {
	dir, err := engine.CacheDir()
	if err != nil {
		panic(err)
	}
	return dir
}

// goToolkit builds Go with compilers of a kind.
func goToolkit(t testing.TB, c Compiler) *Toolkit {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil && c == Native {
		t.Skip("there is no go command")
	}
	e, err := shared()
	require.NoError(t, err)
	kit, err := New(Options{Engine: e, CacheDir: filepath.Join(sharedCache(), "build"), Tier: engine.Quick, Compiler: c,
		Progress: func(step string, done, total int64) {
			if done == 0 {
				t.Log(step)
			}
		}})
	require.NoError(t, err)
	if err := kit.Prepare(t.Context(), Go); err != nil {
		t.Skip(err)
	}
	return kit
}

// both runs a test with each kind of compilers.
func both(t *testing.T, test func(t *testing.T, kit *Toolkit)) {
	for _, c := range []Compiler{Native, Sandboxed} {
		t.Run(string(c), func(t *testing.T) { test(t, goToolkit(t, c)) })
	}
}

// output builds and runs a program, and returns what it prints.
func output(t *testing.T, kit *Toolkit, source string) string {
	t.Helper()
	p, err := kit.Build(t.Context(), source)
	require.NoError(t, err)
	var out bytes.Buffer
	i, err := p.Module.Start(t.Context(), p.Prepare(engine.Spec{Stdout: &out, Stderr: &out}))
	require.NoError(t, err)
	require.Equal(t, engine.Exited, i.Wait().Why)
	return out.String()
}

// compiled compiles a program to its module.
func compiled(t *testing.T, kit *Toolkit, source string) []byte {
	t.Helper()
	k, err := kit.golang.kit(t.Context())
	require.NoError(t, err)
	s, err := readGo(source, k.version(), k.isStd)
	require.NoError(t, err)
	code, err := s.compile(t.Context(), k)
	require.NoError(t, err)
	return code
}

// several is a program of several packages.
var several = map[string]string{
	"go.mod":  "module echo\n\ngo 1.26\n",
	"main.go": "package main\n\nimport (\n\t\"fmt\"\n\t\"runtime\"\n\n\t\"echo/text\"\n)\n\nfunc main() {\n\t_, file, line, _ := runtime.Caller(0)\n\tfmt.Println(text.Shout(where()), file, line)\n}\n",
	"more.go": "package main\n\nfunc where() string { return \"here\" }\n",
	"text/shout.go": "package text\n\nimport (\n\t_ \"embed\"\n\t\"strings\"\n)\n\n//go:embed sign.txt\nvar sign string\n\n" +
		"// Shout shouts.\nfunc Shout(s string) string { return strings.ToUpper(s) + sign }\n",
	"text/sign.txt": "!!",
	"text/os.go":    "//go:build linux\n\npackage text\n\nimport \"nowhere\"\n",
}

func TestAProgramOfSeveralPackagesRuns(t *testing.T) {
	both(t, func(t *testing.T, kit *Toolkit) {
		require.Equal(t, "HERE!! main.go 11\n", strings.ReplaceAll(output(t, kit, folder(t, several)), "./", ""))
	})
}

func TestBothKindsOfCompilerMakeTheSameModule(t *testing.T) {
	native, sandboxed := goToolkit(t, Native), goToolkit(t, Sandboxed)
	for name, source := range map[string]string{
		"printing": write(t, "main.go", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"),
		"several":  folder(t, several),
		"sockets":  "../../guests/go/std/testdata/bsd",
		"net/http": write(t, "main.go", "package main\n\nimport (\n\t\"log\"\n\t\"net/http\"\n)\n\nfunc main() {\n\tlog.Fatal(http.ListenAndServe(\"127.0.0.1:0\", nil))\n}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			require.True(t, bytes.Equal(compiled(t, native, source), compiled(t, sandboxed, source)))
		})
	}
}

func TestComplaintsNameTheFileInTheProgramsFolder(t *testing.T) {
	both(t, func(t *testing.T, kit *Toolkit) {
		_, err := kit.Build(t.Context(), folder(t, map[string]string{
			"go.mod": "module m\n\ngo 1.17\n", "main.go": "package main\n\nimport \"m/sub\"\n\nfunc main() { sub.F() }\n",
			"sub/f.go": "package sub\n\n// F does nothing.\nfunc F[T any]() { undefined() }\n",
		}))
		var compile *CompileError
		require.ErrorAs(t, err, &compile)
		require.Equal(t, Diagnostic{File: "sub/f.go", Line: 4, Column: 8, Message: compile.Diagnostics[0].Message}, compile.Diagnostics[0])
		require.Contains(t, compile.Diagnostics[0].Message, "requires go1.18 or later", "the module's language counts")
		require.NotContains(t, compile.Output, os.TempDir())

		_, err = kit.Build(t.Context(), folder(t, map[string]string{
			"go.mod": "module internal\n", "main.go": "package main\n\nimport _ \"internal/abi\"\n\nfunc main() {}\n", "abi/a.go": "package abi\n",
		}))
		require.EqualError(t, err, `abi/a.go: a package of the standard library is called "internal/abi" already`)

		_, err = kit.Build(t.Context(), folder(t, map[string]string{"lib.go": "package main\n\nfunc notMain() {}\n"}))
		require.ErrorAs(t, err, &compile)
		require.ErrorContains(t, err, "function main is undeclared in the main package")
	})
}

// A cache that cannot be written, or a full disk, is no failure of the source.
func TestALibraryThatCannotBeCompiledIsNotTheStudentsFailure(t *testing.T) {
	e, err := shared()
	require.NoError(t, err)
	none := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(none, nil, 0o644))
	t.Setenv("GOCACHE", filepath.Join(none, "cache"))
	kit, err := New(Options{Engine: e, CacheDir: t.TempDir(), Compiler: Native})
	require.NoError(t, err)
	_, err = kit.Build(t.Context(), write(t, "main.go", "package main\n\nfunc main() {}\n"))
	var noGo *NoGoError
	require.ErrorAs(t, err, &noGo)
	var compile *CompileError
	require.NotErrorAs(t, err, &compile)
	require.Contains(t, noGo.Why, "standard library")
}
