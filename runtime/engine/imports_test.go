package engine

import (
	"context"
	"slices"
	"testing"
	"time"

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
		section(5, []byte{0, 1}),
		section(7, append(vec("_start"), 0, 1), append(vec("memory"), 2, 0)),
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

func TestAModuleThatIsNoProgramIsRefused(t *testing.T) {
	const i32 = 0x7f
	head := "\x00asm\x01\x00\x00\x00"
	for want, wasm := range map[string][]byte{
		"it is a library, not a program": []byte(head),
		"its _start is (i32) -> (), and has to do without parameters": slices.Concat([]byte(head),
			section(1, []byte{0x60, 1, i32, 0}), section(3, []byte{0}), section(7, append(vec("_start"), 0, 0)), section(10, code())),
		`it imports proc_exit from "wasi_snapshot_preview1", and exports no memory for it to work on`: slices.Concat([]byte(head),
			section(1, []byte{0x60, 1, i32, 0}, []byte{0x60, 0, 0}),
			section(2, slices.Concat(vec("wasi_snapshot_preview1"), vec("proc_exit"), []byte{0, 0})),
			section(3, []byte{1}), section(7, append(vec("_start"), 0, 1)), section(10, code())),
		"it imports a memory, and guests have their own": slices.Concat([]byte(head),
			section(1, []byte{0x60, 0, 0}), section(2, slices.Concat(vec("env"), vec("memory"), []byte{2, 0, 1})),
			section(3, []byte{0}), section(7, append(vec("_start"), 0, 0)), section(10, code())),
	} {
		_, err := testEngine(t).Load(t.Context(), wasm, Compiled)
		require.ErrorContains(t, err, want)
	}
}

// One function of nested loops takes wazero seconds, in which it looks at no
// context. Whoever waits for it is told at once, and Close leaves alone what
// still goes on.
func TestNobodyHasToWaitForACompilerThatTakesLong(t *testing.T) {
	const depth = 10000
	body := slices.Concat([]byte{0}, slices.Repeat([]byte{0x03, 0x40}, depth), slices.Repeat([]byte{0x0b}, depth+1))
	slow := slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, []byte{0x60, 0, 0}), section(3, []byte{0}), section(5, []byte{0, 1}),
		section(7, append(vec("_start"), 0, 0), append(vec("memory"), 2, 0)),
		section(10, slices.Concat([]byte{byte(len(body)) | 0x80, byte(len(body)>>7) | 0x80, byte(len(body) >> 14)}, body)))
	e, err := New(t.Context(), Options{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = e.Load(ctx, slow, Compiled)
	require.ErrorIs(t, err, context.Canceled)
	require.Positive(t, e.compiling.Load(), "it has not waited")
	require.NoError(t, e.Close())
	require.Eventually(t, func() bool { return e.compiling.Load() == 0 }, time.Minute, 10*time.Millisecond)
}

func TestWhatHappensBeforeStartIsTheGuestsOwn(t *testing.T) {
	head, memory := []byte("\x00asm\x01\x00\x00\x00"), section(5, []byte{0, 1})
	data := section(11, slices.Concat([]byte{0, 0x41, 0x7f, 0x0b}, vec("x"))) // at the last address of all
	start := []byte{8, 1, 0}                                                  // function 0, which traps
	for want, wasm := range map[string][]byte{
		"wasm error: data[0]: out of bounds memory access": slices.Concat(head,
			section(1, []byte{0x60, 0, 0}), section(3, []byte{0}), memory, section(7, append(vec("_start"), 0, 0)), section(10, code()), data),
		"wasm error: unreachable": slices.Concat(head,
			section(1, []byte{0x60, 0, 0}), section(3, []byte{0}), memory, section(7, append(vec("_start"), 0, 0)), start, section(10, code(0))),
	} {
		for _, tier := range []Tier{Compiled, Quick} {
			m, err := testEngine(t).Load(t.Context(), wasm, tier)
			require.NoError(t, err)
			i, err := m.Start(t.Context(), Spec{})
			require.NoError(t, err)
			x := i.Wait()
			require.Equal(t, Trapped, x.Why, x.Detail)
			require.Contains(t, x.Detail, want)
			require.Nil(t, i.memory.given.mapped, "its memory is still there")
		}
	}
}

func TestAGuestThatOnlyAsksForRandomNumbersEnds(t *testing.T) {
	const i32 = 0x7f
	pages := []byte{0, 0x80, 8} // 64 MiB
	wasm := slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, []byte{0x60, 0, 0}, []byte{0x60, 2, i32, i32, 1, i32}),
		section(2, slices.Concat(vec("wasi_snapshot_preview1"), vec("random_get"), []byte{0, 1})),
		section(3, []byte{0}), section(5, pages),
		section(7, append(vec("_start"), 0, 1), append(vec("memory"), 2, 0)),
		section(10, code(3, 0x40, 0x41, 0, 0x41, 0x80, 0x80, 0x80, 0x20, 0x10, 0, 0x1a, 0x0c, 0, 0x0b))) // loop: random_get(0, 64 MiB)
	m, err := testEngine(t).Load(t.Context(), wasm, Compiled)
	require.NoError(t, err)
	i, err := m.Start(t.Context(), Spec{Limits: Limits{Wall: 50 * time.Millisecond}})
	require.NoError(t, err)
	select {
	case <-i.Done():
		require.Equal(t, "wall", i.Wait().Limit)
	case <-time.After(20 * time.Second): // its fuel lasts for minutes
		t.Fatal("it goes on")
	}
}
