package meter

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// goGuest compiles the Go program in testdata/cpu.
func goGuest(t testing.TB) []byte {
	file := filepath.Join(t.TempDir(), "cpu.wasm")
	build := exec.Command("go", "build", "-o", file, "./testdata/cpu")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	module, err := os.ReadFile(file)
	require.NoError(t, err)
	return module
}

// command runs a WASI command until it exits. Its clock and its random numbers
// are wazero's, the same each time.
func (h *host) command(t testing.TB, compiled wazero.CompiledModule, args ...string) (stdout string, m api.Module) {
	var out bytes.Buffer
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions().
		WithArgs(append([]string{"cpu"}, args...)...).WithStdout(&out).WithStderr(&out)
	m, err := h.InstantiateModule(ctx, compiled, config)
	require.NoError(t, err)
	t.Cleanup(func() { m.Close(ctx) })
	h.tank = NewTank(0)
	_, err = m.ExportedFunction("_start").Call(ctx)
	var exit *sys.ExitError
	require.True(t, err == nil || errors.As(err, &exit) && exit.ExitCode() == 0, "%v\n%s", err, &out)
	if fuel := m.ExportedGlobal(ExportFuel); fuel != nil {
		h.tank.Settle(int64(fuel.Get()))
	}
	return out.String(), m
}

func compile(t testing.TB, h *host, module []byte) wazero.CompiledModule {
	compiled, err := h.CompileModule(ctx, module)
	require.NoError(t, err)
	return compiled
}

func TestAGoProgramRunsAsBeforeAndSpendsTheSameEachTime(t *testing.T) {
	module := goGuest(t)
	metered, err := Rewrite(module)
	require.NoError(t, err)
	h := newHost(t, "compiler")
	want, _ := h.command(t, compile(t, h, module), "all", "1")
	require.Contains(t, want, "sha256 ")

	twice := compile(t, h, metered)
	first, _ := h.command(t, twice, "all", "1")
	spent := h.tank.Spent()
	second, _ := h.command(t, twice, "all", "1")
	require.Equal(t, want, first)
	require.Equal(t, want, second)
	require.Equal(t, spent, h.tank.Spent())

	first, _ = h.command(t, twice, "text", "1")
	spent = h.tank.Spent()
	h = newHost(t, "interpreter")
	second, _ = h.command(t, compile(t, h, metered), "text", "1")
	require.Equal(t, first, second)
	require.Equal(t, spent, h.tank.Spent(), "spent in the interpreter")

	_, m := h.command(t, compile(t, h, counted(t, module)), "text", "1")
	ran := m.ExportedGlobal("counted").Get()
	t.Logf("%d instructions, %d units: %.3f", ran, spent, float64(spent)/float64(ran))
	require.Greater(t, spent, ran)
	require.Less(t, spent, ran*3/2)
}
