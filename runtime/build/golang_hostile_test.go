package build

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/runtime/engine"
)

// Sources that want their compiler to hang, to burst or to flood.
var hostile = map[string]func() string{
	"a huge array constant": func() string {
		return "package main\n\nvar a = [...]byte{1 << 40: 1}\n\nfunc main() { println(a[0]) }\n"
	},
	"a huge variable": func() string {
		return "package main\n\nvar a [1 << 30]int64\n\nvar b = [1 << 28]int64{1<<28 - 1: 1}\n\nfunc main() { println(a[5], b[6]) }\n"
	},
	"deep nesting": func() string {
		return "package main\n\nvar x = " + strings.Repeat("(", 500_000) + "1" + strings.Repeat(")", 500_000) + "\n\nfunc main() {}\n"
	},
	"a deep type": func() string {
		return "package main\n\nvar x " + strings.Repeat("[]", 500_000) + "int\n\nfunc main() {}\n"
	},
	"a long sum": func() string {
		return "package main\n\nfunc f() int { return 1 }\n\nvar x = f()" + strings.Repeat("+f()", 300_000) + "\n\nfunc main() {}\n"
	},
	"types that double": func() string {
		var b strings.Builder
		b.WriteString("package main\n\ntype t0 struct{ a, b int }\n")
		for i := range 60 {
			fmt.Fprintf(&b, "type t%d struct{ a, b t%d }\n", i+1, i)
		}
		return b.String() + "\nvar x, y t60\n\nfunc main() { println(x == y) }\n"
	},
	"type parameters that grow": func() string {
		return "package main\n\ntype p[A, B any] struct { a A; b B }\n\nfunc f[T any](n int, t T) { if n > 0 { f(n-1, p[T, T]{t, t}) } }\n\nfunc main() { f(1000, 1) }\n"
	},
	"constants that double": func() string {
		var b strings.Builder
		b.WriteString("package main\n\nconst c0 = \"0123456789abcdef\"\n")
		for i := range 60 {
			fmt.Fprintf(&b, "const c%d = c%d + c%d\n", i+1, i, i)
		}
		return b.String() + "\nfunc main() { println(len(c60)) }\n"
	},
	"a big shift": func() string {
		return "package main\n\nconst a = 1 << 500\nconst b = a * a * a\n\nfunc main() { println(b) }\n"
	},
	"a million errors": func() string {
		return "package main\n\nfunc main() {\n" + strings.Repeat("\tundefined()\n", 50_000) + "}\n"
	},
}

func TestHostileSourcesEndWithinLimits(t *testing.T) {
	both(t, func(t *testing.T, kit *Toolkit) {
		k, err := kit.golang.kit(t.Context())
		require.NoError(t, err)
		if s, ok := k.(*sandboxGo); ok {
			s.compile.limits.Fuel /= 20 // not to wait for long
		} else if os.Getenv("SOCKLAB_SLOW") == "" {
			t.Skip("SOCKLAB_SLOW is not set: native compilers have no fuel to run out of")
		}
		for name, source := range hostile {
			t.Run(name, func(t *testing.T) {
				file := write(t, "main.go", source())
				began := time.Now()
				_, err := kit.Build(t.Context(), file)
				if _, native := k.(*library); native && err == nil {
					return // a native compiler's limit is of time, and this machine was in time
				}
				var compile *CompileError
				require.ErrorAs(t, err, &compile)
				require.NotEmpty(t, compile.Diagnostics)
				text := err.Error()
				t.Logf("%v: %.300s", time.Since(began).Round(time.Millisecond), text)
				require.Less(t, len(text), 64<<10)
			})
		}
	})
}

// What passes a limit is a compile error that names the limit.
func TestALimitOfTheCompilerIsNamed(t *testing.T) {
	kit := goToolkit(t, Sandboxed)
	k, err := kit.golang.kit(t.Context())
	require.NoError(t, err)
	guest := k.(*sandboxGo).compile
	whole := guest.limits
	for limit, c := range map[string]struct {
		set  func(*engine.Limits)
		text string
	}{
		"time":   {func(l *engine.Limits) { l.Wall = time.Nanosecond }, "1ns"},
		"work":   {func(l *engine.Limits) { l.Fuel = 1e6 }, "1e+06 WebAssembly instructions"},
		"memory": {func(l *engine.Limits) { l.Memory = 8 << 20 }, "8 MiB"},
		"output": {func(l *engine.Limits) { l.Output = 1 }, "0 KiB of messages"},
		"files":  {func(l *engine.Limits) { l.FileBytes = 100 }, "0 MiB in 1000 files"},
	} {
		guest.limits = whole
		c.set(&guest.limits)
		source := "package main\n\nfunc main() {}\n"
		if limit == "output" {
			source = "package main\n\nfunc main() { undefined() }\n"
		}
		_, err := kit.Build(t.Context(), write(t, "main.go", source))
		var compile *CompileError
		require.ErrorAs(t, err, &compile, limit)
		require.EqualError(t, err, "main.go: Go's compiler passed its limit of "+limit+" on this source ("+c.text+")")
	}
}

func TestABuildOfManyPackagesHasOneLimitOfTime(t *testing.T) {
	both(t, func(t *testing.T, kit *Toolkit) {
		whole := goBuildWall
		defer func() { goBuildWall = whole }()
		goBuildWall = 20 * time.Millisecond
		_, err := kit.Build(t.Context(), folder(t, several))
		var compile *CompileError
		require.ErrorAs(t, err, &compile)
		require.ErrorContains(t, err, "limit of time on this source (20ms for the whole program)")
	})
}

// What Go makes need not be what the sandbox takes: that is the source's fault.
func TestAModuleThatCannotRunIsACompileError(t *testing.T) {
	both(t, func(t *testing.T, kit *Toolkit) {
		for source, text := range map[string]string{
			"//go:wasmimport env foo\nfunc foo()\n\nfunc main() { foo() }":                                `it imports foo from "env"`,
			"//go:wasmimport socklab_meter refill\nfunc refill(int64) int64\n\nfunc main() { refill(1) }": "which is reserved",
			"//go:wasmexport socklab_meter.fuel\nfunc fuel() {}\n\nfunc main() {}":                        "which is reserved",
			"//go:wasmexport _start\nfunc start() {}\n\nfunc main() {}":                                   `duplicates name "_start"`,
		} {
			_, err := kit.Build(t.Context(), write(t, "main.go", "package main\n\n"+source+"\n"))
			var compile *CompileError
			require.ErrorAs(t, err, &compile)
			require.ErrorContains(t, err, text)
		}
	})
}

// A module is not kept for as long as there is a toolkit.
func TestAModuleThatWasGivenIsFreed(t *testing.T) {
	wasm := []byte("\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" + "\x03\x02\x01\x00" + "\x07\x0a\x01\x06_start\x00\x00" + "\x0a\x04\x01\x02\x00\x0b")
	p, err := goToolkit(t, Sandboxed).Build(t.Context(), write(t, "p.wasm", string(wasm)))
	require.NoError(t, err)
	require.IsType(t, &recentModule{}, p.Module)
}

func TestADiagnosticCommandsNoTerminal(t *testing.T) {
	both(t, func(t *testing.T, kit *Toolkit) {
		for _, source := range []string{"//line \x1b[2J:1\nvar x = y\n\nfunc main() {}", "import \"x\x1b[2J\"\n\nfunc main() {}"} {
			_, err := kit.Build(t.Context(), write(t, "main.go", "package main\n\n"+source+"\n"))
			var compile *CompileError
			require.ErrorAs(t, err, &compile)
			for _, text := range []string{compile.Error(), compile.Text()} {
				require.Contains(t, text, "·[2J")
				require.NotContains(t, text, "\x1b")
			}
		}
	})
}

func TestAFullDiskIsNobodysCompileError(t *testing.T) {
	kit := goToolkit(t, Sandboxed)
	defer func(was uint64) { leastRoom = was }(leastRoom)
	source := write(t, "main.go", "package main\n\nfunc main() { undefined() }\n")
	var compile *CompileError
	_, err := kit.Build(t.Context(), source)
	require.ErrorAs(t, err, &compile)
	leastRoom = 1 << 62
	_, err = kit.Build(t.Context(), source)
	require.ErrorContains(t, err, "no space left on the disk")
	require.False(t, errors.As(err, &compile))
}
