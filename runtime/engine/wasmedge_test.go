package engine

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock/fault"
	"socklab/host/sock/kernel"
	"socklab/host/sock/policy"
	"socklab/host/trace"
)

func TestWasmEdgesSocketExtension(t *testing.T) {
	for version, tags := range map[string]string{"version 1": "version1", "version 2": ""} {
		t.Run(version, func(t *testing.T) {
			wasm := buildGuest(t, "wasmedge", "-tags="+tags)
			paths, calls := &Paths{}, trace.NewHistory(0)
			rules, err := fault.Parse("delay=recv:1ms,delay=connect:1ms")
			require.NoError(t, err)
			faults, err := fault.New(kernel.New(), 1, rules...)
			require.NoError(t, err)
			var why []string
			out := play(t, wasm, Spec{
				Mounts: []Mount{{Host: t.TempDir(), Guest: "/"}}, Env: []string{"PWD=/"}, Paths: paths,
				Stack: policy.New(faults, policy.Options{Resolve: paths.Resolve}), Recorder: calls,
				Explain: func(call string, err abi.Errno, text string) { why = append(why, call+" "+err.Name()+" "+text) },
			})
			require.Empty(t, out)

			var names []string
			for _, e := range calls.Calls()[:8] {
				names = append(names, e.Name)
			}
			require.Equal(t, "socket bind listen getsockname socket connect accept getpeername", strings.Join(names, " "))
			require.NotEmpty(t, calls.Calls()[5].Injected, "a connect by no fault")
			require.NotEmpty(t, calls.Calls().Named("recvfrom")[0].Injected, "a recvfrom by no fault")
			require.Contains(t, calls.Calls()[1].Event().Text(calls.Calls()[0].Start), "bind(4, 127.0.0.1:0) = 0")
			require.Condition(t, func() bool {
				for _, w := range why {
					if strings.HasPrefix(w, "connect EACCES ") && strings.Contains(w, "192.0.2.1:80") {
						return true
					}
				}
				return false
			}, "nobody said why a call was refused: %q", why)
		})
	}
}

// importer is a module that only imports functions of WASI, by the numbers of
// their parameters, which are all i32.
func importer(params map[string]int) []byte {
	const i32 = 0x7f
	types, imports := [][]byte{{0x60, 0, 0}}, [][]byte(nil)
	for name, n := range params {
		imports = append(imports, append(append(vec(abi.WASI), vec(name)...), 0, byte(len(types))))
		types = append(types, append(append([]byte{0x60, byte(n)}, bytes.Repeat([]byte{i32}, n)...), 1, i32))
	}
	m := append([]byte("\x00asm\x01\x00\x00\x00"), section(1, types...)...)
	m = append(m, section(2, imports...)...)
	m = append(m, section(3, []byte{0})...)
	m = append(m, section(5, []byte{0, 1})...)
	m = append(m, section(7, append(vec("_start"), 0, byte(len(imports))), append(vec("memory"), 2, 0))...)
	return append(m, section(10, code())...)
}

func TestTheTypeOfAnImportTellsWhichVersionIsMeant(t *testing.T) {
	e := testEngine(t)
	start := func(params map[string]int) Exit {
		m, err := e.Load(t.Context(), importer(params), Quick)
		require.NoError(t, err)
		i, err := m.Start(t.Context(), Spec{Stack: kernel.New()})
		require.NoError(t, err)
		return i.Wait()
	}
	// As modules mix them.
	mixed := map[string]int{"sock_accept": 2, "sock_recv_from": 8, "sock_getlocaladdr": 4, "sock_getpeeraddr": 4, "sock_open": 3}
	require.Equal(t, Exited, start(mixed).Why)
	require.Equal(t, Exited, start(mixed).Why, "once more")
	require.Equal(t, Exited, start(map[string]int{"sock_accept": 3, "sock_recv_from": 7, "sock_getlocaladdr": 3}).Why)
	_, err := e.Load(t.Context(), importer(map[string]int{"sock_accept": 4}), Quick)
	require.ErrorContains(t, err, "it imports sock_accept")
}
