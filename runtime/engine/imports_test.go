package engine

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// importing is a module that imports one function, with i32 parameters and an
// i32 result, and has an empty _start.
func importing(module, name string, params int) []byte {
	const i32 = 0x7f
	types := slices.Concat([]byte{0x60, byte(params)}, slices.Repeat([]byte{i32}, params), []byte{1, i32})
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, []byte{0x60, 0, 0}, types),
		section(2, slices.Concat(vec(module), vec(name), []byte{0, 1})),
		section(3, []byte{0}),
		section(7, append(vec("_start"), 0, 1)),
		section(10, code()))
}

func TestAnImportThatThereIsNotIsNamed(t *testing.T) {
	e := testEngine(t)
	for _, tier := range []Tier{Compiled, Quick} {
		for _, c := range []struct {
			module, name string
			params       int
			want         string
		}{
			{"env", "foo", 0, `it imports foo from "env", a module that guests do not have here`},
			{"socklab", "fork", 0, `it imports fork from "socklab", where there is no such function`},
			{"wasi_snapshot_preview1", "path_opem", 9, `it imports path_opem from "wasi_snapshot_preview1", where there is no such function`},
			{"socklab", "listen", 3, `it imports listen from "socklab" as (i32, i32, i32) -> (i32), and it is (i32, i32) -> (i32)`},
			{"wasi_snapshot_preview1", "fd_close", 1, ""},
			{"wasi_snapshot_preview1", "sock_accept", 2, ""}, // WasmEdge's first version, WASI has 3
			{"wasi_snapshot_preview1", "sock_accept", 4, `it imports sock_accept from "wasi_snapshot_preview1" as (i32, i32, i32, i32) -> (i32), and it is (i32, i32, i32) -> (i32)`},
		} {
			m, err := e.Load(t.Context(), importing(c.module, c.name, c.params), tier)
			if c.want == "" {
				require.NoError(t, err, c.name)
				i, err := m.Start(t.Context(), Spec{})
				require.NoError(t, err)
				require.Equal(t, Exited, i.Wait().Why)
				continue
			}
			require.ErrorContains(t, err, c.want)
		}
	}
}

func TestALibraryIsNotAProgram(t *testing.T) {
	m, err := testEngine(t).Load(t.Context(), []byte("\x00asm\x01\x00\x00\x00"), Compiled)
	require.NoError(t, err)
	_, err = m.Start(t.Context(), Spec{})
	require.ErrorContains(t, err, "it is a library, not a program")
}
