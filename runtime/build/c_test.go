package build

import (
	"archive/tar"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"socklab/guests/toolchains"
	"socklab/runtime/engine"
)

// cToolkit is one for all tests: the compiler takes seconds to load.
var cToolkit = sync.OnceValues(func() (*Toolkit, error) {
	e, err := shared()
	if err != nil {
		return nil, err
	}
	return New(Options{Engine: e, CacheDir: filepath.Join(sharedCache(), "build")})
})

// buildC builds files of a folder of their own, of which the first is the
// program; a file whose text begins with -> is a link.
func buildC(t *testing.T, files ...string) (*Program, error) {
	t.Helper()
	if _, err := toolchains.Find("clang"); err != nil {
		t.Skipf("no C compiler for guests here: %v", err)
	}
	k, err := cToolkit()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "student")
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		if to, link := strings.CutPrefix(files[i+1], "->"); link {
			require.NoError(t, os.Symlink(to, name))
		} else {
			require.NoError(t, os.WriteFile(name, []byte(files[i+1]), 0o600))
		}
	}
	source := filepath.Join(dir, files[0])
	if files[0] == "*.c" {
		require.NoError(t, os.Remove(source))
		source = dir
	}
	return k.Build(t.Context(), source)
}

func runC(t *testing.T, p *Program) string {
	t.Helper()
	var out strings.Builder
	i, err := p.Module.Start(t.Context(), p.Prepare(engine.Spec{Name: "c", Stdout: &out, Stderr: &out}))
	require.NoError(t, err)
	x := i.Wait()
	require.Equal(t, engine.Exited, x.Why, x.Detail)
	return out.String()
}

func TestACProgramIsBuiltWithWhatItIncludes(t *testing.T) {
	t.Setenv("PATH", "") // nothing native is started
	p, err := buildC(t, "main.c", "#include \"sub/twice.h\"\n#include <stdio.h>\nint main(void) { printf(\"%d\\n\", TWICE(21)); }\n",
		"sub/twice.h", "#define TWICE(x) ((x) * 2)\n", "other.c", "this is not C")
	require.NoError(t, err)
	require.Equal(t, C, p.Language)
	require.Equal(t, []string{"main"}, p.Args)
	require.Equal(t, "42\n", runC(t, p))
}

func TestAFolderOfCIsOneProgram(t *testing.T) {
	p, err := buildC(t, "*.c", "", "main.c", "#include <stdio.h>\nint twice(int);\nint main(void) { printf(\"%d\\n\", twice(21)); }\n",
		"-twice.c", "int twice(int x) { return 2 * x; }\n")
	require.NoError(t, err)
	require.Equal(t, "42\n", runC(t, p))
}

func TestCErrorsSayWhere(t *testing.T) {
	_, err := buildC(t, "main.c", "#include <stdio.h>\n#warning careful\nint main(void) {\n\tputs(nothing);\n\treturn \"x\" * 2\n}\n")
	var compile *CompileError
	require.ErrorAs(t, err, &compile)
	require.Len(t, compile.Diagnostics, 3)
	require.Equal(t, Diagnostic{"main.c", 4, 7, "use of undeclared identifier 'nothing'"}, compile.Diagnostics[0])
	require.Equal(t, "main.c:4:7: use of undeclared identifier 'nothing'", strings.Split(compile.Error(), "\n")[0])
	require.Contains(t, compile.Text(), "    4 |         puts(nothing);\n      |              ^~~~~~~\n")
	require.NotContains(t, compile.Output, "\x1b", "no colours")

	_, err = buildC(t, "main.c", "int far(void);\nint main(void) { return far(); }\n")
	require.ErrorAs(t, err, &compile)
	require.Equal(t, []Diagnostic{{File: "main.c", Message: "undefined symbol: far"}}, compile.Diagnostics)
	require.NotContains(t, compile.Output, cScratch)

	_, err = buildC(t, "main.c", "int mian(void) { return 0; }\n")
	require.ErrorAs(t, err, &compile)
	require.Equal(t, []Diagnostic{{File: "main.c", Message: "undefined symbol: main"}}, compile.Diagnostics)

	_, err = buildC(t, "main.c", "#include <setjmp.h>\njmp_buf there;\nint main(void) { return setjmp(there); }\n")
	require.ErrorAs(t, err, &compile)
	require.Equal(t, []Diagnostic{{"main.c", 3, 25, "'setjmp' is unavailable: a WebAssembly program cannot jump out of a function: return error codes instead"}}, compile.Diagnostics)

	_, err = buildC(t, "main.c", "#include <net/if_arp.h>\nint main(void) { return 0; }\n")
	require.ErrorAs(t, err, &compile)
	require.Contains(t, compile.Text(), "note: "+cNoPackets)
}

// What gcc -Wall would say of a program that compiles is said, each time that
// it is built: once by the compiler, then out of what was kept.
func TestCWarningsAreTold(t *testing.T) {
	main := fmt.Sprintf("// %d\n", time.Now().UnixNano()) + // so that nobody has built it before
		"#include <stdio.h>\n#include \"used.h\"\n#include <sys/socket.h>\n#include <unistd.h>\n" +
		"int far(void);\nint main(void) {\n\tint unused;\n\twrite(1, \"\", 0);\n\tprintf(\"%d\\n\", sizeof(char));\n\treturn far();\n}\n"
	files := []string{"*.c", "", "main.c", main, "used.h", "static int nobody(void) { return 0; }\n", "other.c", "int far(void) { if (0 == (1 == 1)) ; return 0; }\n"}
	p, err := buildC(t, files...)
	require.NoError(t, err)
	require.Contains(t, p.Warnings, "main.c:8:6: warning: unused variable 'unused' [-Wunused-variable]\n    8 |         int unused;\n      |             ^~~~~~\n")
	require.Contains(t, p.Warnings, "used.h:1:12: warning: unused function 'nobody'")
	require.Contains(t, p.Warnings, "main.c:10:17: warning: format specifies type 'int'")
	require.Contains(t, p.Warnings, "other.c:1:")
	require.Equal(t, 4, strings.Count(p.Warnings, "warning: "), p.Warnings)
	require.Equal(t, "1\n", runC(t, p))

	again, err := buildC(t, files...)
	require.NoError(t, err)
	require.Equal(t, p.Warnings, again.Warnings)

	p, err = buildC(t, "main.c", "#include <netdb.h>\n#include <poll.h>\n#include <stdio.h>\n#include <sys/socket.h>\n#include <sys/select.h>\n#include <signal.h>\n"+
		"int main(int argc, char **argv) {\n\tfd_set s; FD_ZERO(&s); FD_SET(argc, &s); signal(SIGPIPE, SIG_IGN); puts(argv[0]); return 0; }\n")
	require.NoError(t, err)
	require.Empty(t, p.Warnings, "our headers are none of the student's business")

	p, err = buildC(t, "main.c", "#include <netinet/in.h>\nint main(void) {\n\tstruct sockaddr_in a = {0};\n\treturn bind(99, &a, sizeof a) + 1;\n}\n")
	require.NoError(t, err, "as most compilers had it for long")
	require.Contains(t, p.Warnings, "main.c:4:18: warning: incompatible pointer types")

	p, err = buildC(t, "main.c", "int main(void) {\n#line 1 \"\\033[2J\"\n\tint unused;\n#warning \"\x1b[2J\"\n}\n")
	require.NoError(t, err)
	require.Contains(t, p.Warnings, "·[2J:1:6: warning: unused variable")
	require.NotContains(t, p.Warnings, "\x1b")
}

// What a source reads lies in its folder, however it asks.
func TestCSourcesReadNothingOutside(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.h")
	require.NoError(t, os.WriteFile(secret, []byte("#error the_secret\nthe_secret\n"), 0o600))
	const end = "\nint main(void) { return 0; }\n"
	for name, files := range map[string][]string{
		"an absolute path":       {"#include \"" + secret + "\"" + end},
		"a path upwards":         {"#include \"../../" + filepath.Base(filepath.Dir(secret)) + "/secret.h\"" + end},
		"a link":                 {"#include \"link.h\"" + end, "link.h", "->" + secret},
		"a link of a folder":     {"#include \"dir/secret.h\"" + end, "dir", "->" + filepath.Dir(secret)},
		"embed":                  {"char s[] = {\n#embed \"" + secret + "\"\n};" + end},
		"the assembler":          {"__asm__(\".incbin \\\"" + secret + "\\\"\");" + end},
		"the assembler's source": {"__asm__(\".include \\\"" + secret + "\\\"\");" + end},
		"include_next":           {"#include_next <../.." + secret + ">" + end},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := buildC(t, append([]string{"main.c"}, files...)...)
			var compile *CompileError
			require.ErrorAs(t, err, &compile)
			require.NotContains(t, compile.Output, "the_secret")
			require.NotEmpty(t, compile.Diagnostics)
		})
	}
	t.Run("a source that is a link", func(t *testing.T) {
		_, err := buildC(t, "main.c", "->"+secret)
		var source *SourceError
		require.ErrorAs(t, err, &source)
	})
	t.Run("a guess", func(t *testing.T) {
		p, err := buildC(t, "main.c", "#include <stdio.h>\n#if __has_include(\""+secret+"\")\n#define SEEN 1\n#else\n#define SEEN 0\n#endif\nint main(void) { printf(\"%d\\n\", SEEN); }\n")
		require.NoError(t, err)
		require.Equal(t, "0\n", runC(t, p))
	})
}

// A source that is too much for its compiler is an error with the limit's name.
func TestCSourcesThatAreTooMuch(t *testing.T) {
	const end = "\nint main(void) { return 0; }\n"
	var includes []string
	for i := range 40 {
		includes = append(includes, fmt.Sprintf("b%d.h", i), strings.Repeat(fmt.Sprintf("#include \"b%d.h\"\n", i+1), 2))
	}
	macros := "#define A0 1,1,1,1,1,1,1,1,\n"
	for i := range 20 {
		macros += fmt.Sprintf("#define A%d %s\n", i+1, strings.Repeat(fmt.Sprintf("A%d ", i), 8))
	}
	for name, c := range map[string]struct {
		files []string
		says  string
	}{
		"includes that double":         {append([]string{"#include \"b0.h\"" + end}, append(includes, "b40.h", "")...), "limit of work"},
		"an include of itself":         {[]string{"#include __FILE__" + end}, "nested too deeply"},
		"macros that multiply":         {[]string{macros + "int a[] = { A20 };" + end}, "limit of work"},
		"messages without end":         {[]string{"#warning " + strings.Repeat("x", 2000) + "\n#include __FILE__" + end}, "limit of output"},
		"a source of megabytes":        {[]string{strings.Repeat("//", maxSource/2) + end}, "the limit is 4194304"},
		"data of a gigabyte":           {[]string{"char big[1u << 30] = {1};" + end}, "limit of memory"},
		"expressions nested too deep":  {[]string{"int x = " + strings.Repeat("!", 300_000) + "1;" + end}, "crashed"},
		"a header that is a directory": {[]string{"#include \"dir\"" + end, "dir/x.h", ""}, "dir"},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := buildC(t, append([]string{"main.c"}, c.files...)...)
			var compile *CompileError
			require.ErrorAs(t, err, &compile)
			require.Contains(t, compile.Text(), c.says)
			require.NotEmpty(t, compile.Diagnostics)
			require.Less(t, time.Since(began), time.Minute)
		})
	}
}

func TestUnpackRefusesWhatIsNoPlainFile(t *testing.T) {
	for name, c := range map[string]struct {
		header tar.Header
		says   string
	}{
		"a name that leads upwards":  {tar.Header{Name: "include/../../x.h", Typeflag: tar.TypeReg}, "leads outside"},
		"an absolute name":           {tar.Header{Name: "/include/x.h", Typeflag: tar.TypeReg}, "leads outside"},
		"a link":                     {tar.Header{Name: "include/x.h", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, "not a plain file"},
		"a hard link":                {tar.Header{Name: "include/x.h", Typeflag: tar.TypeLink, Linkname: "lib/x.a"}, "not a plain file"},
		"a device":                   {tar.Header{Name: "include/x.h", Typeflag: tar.TypeChar}, "not a plain file"},
		"more than there may be":     {tar.Header{Name: "include/x.h", Typeflag: tar.TypeReg, Size: maxUnpacked + 1}, "too large"},
		"a file that is broken off":  {tar.Header{Name: "include/x.h", Typeflag: tar.TypeReg, Size: 10}, "EOF"},
		"a name that is there twice": {tar.Header{Name: "lib/there.a", Typeflag: tar.TypeReg}, "exists"},
	} {
		t.Run(name, func(t *testing.T) {
			archive := filepath.Join(t.TempDir(), "a.tar")
			f, err := os.Create(archive)
			require.NoError(t, err)
			w := tar.NewWriter(f)
			require.NoError(t, w.WriteHeader(&tar.Header{Name: "lib/there.a", Typeflag: tar.TypeReg, Mode: 0o777}))
			require.NoError(t, w.WriteHeader(&c.header))
			require.NoError(t, f.Close())
			dir := t.TempDir()
			require.ErrorContains(t, unpack(archive, dir), c.says)
		})
	}
}

func TestOnlyWhatCNeedsIsUnpacked(t *testing.T) {
	for name, want := range map[string]bool{
		"include/stddef.h": true, "include/wasm32-wasip1/stdio.h": true, "include/wasm32-wasip1/sys/stat.h": true,
		"lib/wasm32-wasip1/libc.a": true, "lib/wasm32-unknown-wasip1/libclang_rt.builtins.a": true,
		"include/wasm32-wasip1/c++/v1/vector": false, "include/c++/v1/vector": false, "include/ppc_wrappers/x.h": false,
		"lib/wasm32-wasip1/libc++.a": false, "share/libc++/x": false,
	} {
		require.Equal(t, want, forC(name), name)
	}
}

// A module is kept on disk until something that it is made of changes.
func TestAKeptModuleIsUsedUntilItsSourceChanges(t *testing.T) {
	dir, kept := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("main.c", "main")
	write("sub/x.h", "header")
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	key := func() string {
		key, err := cKey(root, []string{"main.c"})
		require.NoError(t, err)
		return key
	}
	find := func() bool {
		code, warnings, ok := cFind(kept, key(), root)
		return ok && string(code) == "module" && warnings == "careful"
	}
	require.False(t, find())
	built := &cBuilt{code: []byte("module"), warnings: "careful", included: []string{"main.c", "sub/x.h"}}
	cKeep(kept, key(), root, time.Now(), built)
	require.False(t, find(), "a header may have changed while it was compiled")
	cKeep(kept, key(), root, time.Now().Add(time.Minute), built)
	require.True(t, find())

	write("sub/x.h", "other")
	require.False(t, find(), "a header has changed")
	write("sub/x.h", "header")
	require.True(t, find())
	require.NoError(t, os.Remove(filepath.Join(dir, "sub/x.h")))
	require.NoError(t, unix.Mkfifo(filepath.Join(dir, "sub/x.h"), 0o600))
	require.False(t, find(), "a header is a pipe that nobody writes to")
	require.NoError(t, os.Remove(filepath.Join(dir, "sub/x.h")))
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "sub/x.h")))
	require.False(t, find(), "a header is a link outside")
	require.NoError(t, os.Remove(filepath.Join(dir, "sub/x.h")))
	write("sub/x.h", "header")

	write("poll.h", "")
	require.False(t, find(), "a header of the system's has been hidden")
	require.NoError(t, os.Remove(filepath.Join(dir, "poll.h")))
	write("main.c", "other")
	require.False(t, find(), "the source has changed")
	write("main.c", "main")
	require.True(t, find())
	file := filepath.Join(kept, key()+".wasm")
	require.NoError(t, os.WriteFile(file, []byte("MODULE"), 0o600))
	require.False(t, find(), "the module is damaged")

	for i := range cMaxKept + 3 {
		cKeep(kept, fmt.Sprint("k", i), root, time.Now(), &cBuilt{code: []byte("module")})
	}
	left, err := os.ReadDir(kept)
	require.NoError(t, err)
	require.Len(t, left, 2*cMaxKept)
}

func TestIncludedFilesAreReadFromMakesRule(t *testing.T) {
	require.Equal(t, []string{"main.c", "a b.h", "x#y.h", "sub/z.h", "d$.h"}, cIncluded("/.socklab-scratch/0.o: main.c \\\n  /usr/include/stdio.h a\\ b.h ./x\\#y.h \\\n /sub/z.h d$$.h ../up.h\n"))
	require.Empty(t, cIncluded(""))
}

// Whatever the tools say, what is read of it are a program's own files.
func FuzzWhatToolsSay(f *testing.F) {
	f.Add("main.c:4:7: error: use of undeclared identifier 'x'\n    4 |  x\n      |  ^\n")
	f.Add("wasm-ld: error: " + cScratch + "/0.o: undefined symbol: f\n")
	f.Add("clang: error: no such file\n")
	f.Add("x.o: main.c \\\n /usr/include/a.h a\\ b.h ../../up $$ /\n")
	f.Fuzz(func(t *testing.T, said string) {
		for _, d := range cDiagnostics(studentsWords(said, []string{"main.c"}), "main.c") {
			require.NotEmpty(t, d.File)
		}
		for _, name := range cIncluded(said) {
			require.True(t, filepath.IsLocal(name), name)
		}
	})
}

func TestALongWayOfHeadersIsFolded(t *testing.T) {
	way := func(n int) string { return strings.Repeat("In file included from b.c:1:\n", n) }
	const end = "b.c:1:10: error: #include nested too deeply\n"
	require.Equal(t, way(6)+end, foldIncludes(way(6)+end))
	require.Equal(t, way(3)+"… and 194 more\n"+way(3)+end+way(1)+end, foldIncludes(way(200)+end+way(1)+end))
}
