package grade

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/lessons/check"
)

// A worker answers each job that it can read, in order, and ends at the first
// that it cannot.
func FuzzServe(f *testing.F) {
	for _, s := range []string{
		"", "{}\n", `{"path":"Zg==","seed":7}` + "\n" + `{"path":"Zw==","seed":8}`,
		`{"path":"!","seed":7}`, `{"path":"Zg==","seed":-1}`, "[[[[", "null", "\"\n\"", `{"path":null,"seed":1e3}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var out bytes.Buffer
		jobs := 0
		err := Serve(ctx, bytes.NewReader(in), &out, func(_ context.Context, path string, _ uint64, built func()) (*check.Report, error) {
			jobs++
			built()
			return nil, errors.New("a fault with " + path)
		})
		require.NoError(t, ctx.Err())
		answered := 0
		for d := json.NewDecoder(&out); d.More(); {
			var a answer
			require.NoError(t, d.Decode(&a))
			if a.Result != nil {
				require.Equal(t, check.InternalError, a.Result.Verdict)
				answered++
			}
		}
		if err == nil {
			require.Equal(t, jobs, answered)
		}
		require.LessOrEqual(t, answered, jobs)
	})
}
