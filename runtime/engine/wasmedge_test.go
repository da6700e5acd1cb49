package engine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock/kernel"
	"socklab/host/sock/policy"
	"socklab/host/trace"
)

func TestWasmEdgesSocketExtension(t *testing.T) {
	for version, tags := range map[string]string{"version 1": "version1", "version 2": ""} {
		t.Run(version, func(t *testing.T) {
			wasm := buildGuest(t, "wasmedge", "-tags="+tags)
			paths, calls := &Paths{}, trace.NewHistory(0)
			var why []string
			out := play(t, wasm, Spec{
				Mounts: []Mount{{Host: t.TempDir(), Guest: "/"}}, Env: []string{"PWD=/"}, Paths: paths,
				Stack: policy.New(kernel.New(), policy.Options{Resolve: paths.Resolve}), Recorder: calls,
				Explain: func(call string, err abi.Errno, text string) { why = append(why, call+" "+err.Name()+" "+text) },
			})
			require.Empty(t, out)

			var names []string
			for _, e := range calls.Calls()[:8] {
				names = append(names, e.Name)
			}
			require.Equal(t, "socket bind listen getsockname socket connect accept getpeername", strings.Join(names, " "))
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
