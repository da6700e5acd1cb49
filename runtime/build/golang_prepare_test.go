package build

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatWasPreparedIsFoundAgain(t *testing.T) {
	o := &Options{CacheDir: t.TempDir()}
	p := &preparedGo{Go: goStamp(), Version: "go1.26.8", Std: "std-x", Tools: "tools-x", Imports: map[string][]string{"fmt": {"io"}}}
	for _, name := range []string{"std-x/pkg-go1.26.8/runtime.a", "tools-x/compile.wasm", "tools-x/link.wasm"} {
		require.NoError(t, writeFile(filepath.Join(o.CacheDir, "go", name), nil))
	}
	_, err := findPrepared(o)
	require.ErrorIs(t, err, errNotPrepared)
	require.NoError(t, p.save(o))
	found, err := findPrepared(o)
	require.NoError(t, err)
	require.Equal(t, p, found)
	version, err := FindSandboxedGo(o.CacheDir)
	require.NoError(t, err)
	require.Equal(t, "go1.26.8", version)

	for name, change := range map[string]func(*preparedGo){
		"another Go":          func(p *preparedGo) { p.Go += "x" },
		"a folder outside":    func(p *preparedGo) { p.Tools = "../tools" },
		"another outside":     func(p *preparedGo) { p.Std = "/std" },
		"an unlikely version": func(p *preparedGo) { p.Version = "../../x" },
		"a missing folder":    func(p *preparedGo) { p.Tools = "tools-y" },
	} {
		if name == "another Go" && goStamp() == "" {
			continue // whichever there was will do
		}
		other := *p
		change(&other)
		require.NoError(t, other.save(o))
		_, err := findPrepared(o)
		require.Error(t, err, name)
	}
	require.NoError(t, os.WriteFile(preparedName(o), []byte("{"), 0o600))
	_, err = findPrepared(o)
	require.ErrorIs(t, err, errNotPrepared)
	t.Setenv("PATH", "")
	require.NoError(t, p.save(o))
	_, err = findPrepared(o)
	require.NoError(t, err, "without a Go, whichever there was")
}

func TestWhatIsDamagedIsMadeAgain(t *testing.T) {
	o := &Options{CacheDir: t.TempDir()}
	dir := filepath.Join(o.CacheDir, "go")
	p := &preparedGo{Go: goStamp(), Version: "go1.26.8", Std: "std-x", Tools: "tools-x", Imports: map[string][]string{"runtime": nil, "net/http": {"io"}}}
	archive, tool := filepath.Join(dir, "std-x/pkg-go1.26.8/net/http.a"), filepath.Join(dir, "tools-x/compile.wasm")
	files := []string{archive, tool, filepath.Join(dir, "std-x/pkg-go1.26.8/runtime.a"), filepath.Join(dir, "tools-x/link.wasm")}
	for _, damaged := range []string{archive, tool} {
		for _, name := range files {
			require.NoError(t, writeFile(name, []byte("whole")))
		}
		require.NoError(t, p.measure(dir))
		require.NoError(t, p.save(o))
		_, err := findPrepared(o)
		require.NoError(t, err)
		require.NoError(t, os.Truncate(damaged, 2))
		_, err = findPrepared(o)
		require.ErrorIs(t, err, errNotPrepared)
		require.NoFileExists(t, damaged)
	}
	require.NoFileExists(t, filepath.Join(dir, "tools-x/link.wasm"), "it is what tells that both are there")
}

func TestTheCompilerIsBuiltForOneArchitecture(t *testing.T) {
	goToolkit(t, Native)
	l, err := nativeGo(t.Context(), &Options{CacheDir: filepath.Join(sharedCache(), "build")})
	require.NoError(t, err)
	file, err := l.slimOverlay(t.TempDir())
	require.NoError(t, err)
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	var overlay struct{ Replace map[string]string }
	require.NoError(t, json.Unmarshal(b, &overlay))
	text := func(name string) string {
		b, err := os.ReadFile(overlay.Replace[filepath.Join(l.goroot, "src", "cmd", "compile", name)])
		require.NoError(t, err)
		return string(b)
	}
	main := text("main.go")
	require.Contains(t, main, "wasm.Init")
	require.Equal(t, 1, strings.Count(main, ".Init,"))
	require.NotContains(t, main, "internal/amd64")
	require.Contains(t, text("internal/ssa/rewriteAMD64.go"), "func rewriteBlockAMD64(b *Block) bool {\n\tpanic(")
	for name := range overlay.Replace {
		require.NotContains(t, filepath.Base(name), "Wasm")
		require.NotContains(t, filepath.Base(name), "generic")
	}
}

func TestTheGoOfTheMachineIsFoundWhateverAGoModSays(t *testing.T) {
	goToolkit(t, Native)
	t.Chdir(folder(t, map[string]string{"go.mod": "module m\n\ngo 1.99\n\ntoolchain go1.99.1\n"}))
	version, goroot, err := FindGo(t.Context(), t.TempDir())
	require.NoError(t, err)
	require.NotEmpty(t, goroot)
	require.NotContains(t, version, "1.99")
}
