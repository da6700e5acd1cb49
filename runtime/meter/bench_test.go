package meter

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
)

func BenchmarkRewrite(b *testing.B) {
	module := goGuest(b)
	b.SetBytes(int64(len(module)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := Rewrite(module)
		require.NoError(b, err)
	}
}

// BenchmarkGuest compares a Go guest that can be ended with the same one that
// cannot, and with the one that wazero can end ("closing"): run in turn, in one
// process, medians.
func BenchmarkGuest(b *testing.B) {
	module := goGuest(b)
	metered, err := Rewrite(module)
	require.NoError(b, err)
	h, closing := newHost(b, "compiler"), newHost(b, "closing compiler")
	kinds := []struct {
		name string
		host *host
		wazero.CompiledModule
	}{
		{"plain", h, compile(b, h, module)},
		{"metered", h, compile(b, h, metered)},
		{"closing", closing, compile(b, closing, module)},
	}
	for _, work := range []string{"sha256", "sort", "map", "calls", "copy", "sieve", "text"} {
		b.Run(work, func(b *testing.B) {
			took := make([][]float64, len(kinds))
			for b.Loop() {
				for i, k := range kinds {
					begin := time.Now()
					k.host.command(b, k.CompiledModule, work, "20")
					took[i] = append(took[i], time.Since(begin).Seconds())
				}
			}
			for i := range kinds {
				slices.Sort(took[i])
			}
			median := func(i int) float64 { return took[i][len(took[i])/2] }
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(0)*1e3, "plain-ms")
			b.ReportMetric(median(1)/median(0), "metered/plain")
			b.ReportMetric(median(2)/median(0), "closing/plain")
		})
	}
}
