package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// section is one section of a module: what it has, one after another.
func section(id byte, items ...[]byte) []byte {
	body := []byte{byte(len(items))}
	for _, i := range items {
		body = append(body, i...)
	}
	return append([]byte{id, byte(len(body)) | 0x80, byte(len(body)>>7) | 0x80, byte(len(body) >> 14)}, body...)
}

func vec(b string) []byte { return append([]byte{byte(len(b))}, b...) }

func code(ops ...byte) []byte {
	body := append(append([]byte{0}, ops...), 0x0b)
	return append([]byte{byte(len(body))}, body...)
}

// sleeper is a module whose _start stores 42 at 100, sets the global g to 9,
// grows its memory by a page, and asks to be frozen. Its resume(n) exits with
// n plus what is at 100 plus g plus the number of pages.
func sleeper() []byte {
	const i32, i64 = 0x7f, 0x7e
	imported := func(name string, typ byte) []byte {
		return append(append(vec("wasi_snapshot_preview1"), vec(name)...), 0, typ)
	}
	exported := func(name string, kind, index byte) []byte { return append(vec(name), kind, index) }
	m := []byte("\x00asm\x01\x00\x00\x00")
	m = append(m, section(1,
		[]byte{0x60, 0, 0},
		[]byte{0x60, 9, i32, i32, i32, i32, i32, i64, i64, i32, i32, 1, i32},
		[]byte{0x60, 2, i32, i32, 1, i32},
		[]byte{0x60, 1, i32, 0})...)
	m = append(m, section(2, imported("path_open", 1), imported("fd_fdstat_get", 2), imported("proc_exit", 3))...)
	m = append(m, section(3, []byte{0}, []byte{3})...)
	m = append(m, section(5, []byte{0, 1})...)
	m = append(m, section(6, []byte{i32, 1, 0x41, 7, 0x0b})...)
	m = append(m, section(7, exported("memory", 2, 0), exported("g", 3, 0), exported("_start", 0, 3), exported("resume", 0, 4))...)
	m = append(m, section(10,
		code(
			0x41, 0xe4, 0, 0x41, 42, 0x36, 2, 0, // i32.store 100, 42
			0x41, 9, 0x24, 0, // global.set g, 9
			0x41, 1, 0x40, 0, 0x1a, // drop memory.grow 1
			0x41, 3, 0x41, 0, 0x41, 0xc8, 1, 0x41, 6, 0x41, 0, 0x42, 0, 0x42, 0, 0x41, 0, 0x41, 0xac, 2, 0x10, 0, 0x1a, // path_open 3, "freeze" at 200 → 300
			0x41, 0xac, 2, 0x28, 2, 0, 0x41, 0x90, 3, 0x10, 1, 0x1a), // fd_fdstat_get
		code(
			0x20, 0, 0x41, 0xe4, 0, 0x28, 2, 0, 0x6a, 0x23, 0, 0x6a, 0x3f, 0, 0x6a, 0x10, 2))...)
	return append(m, section(11, append([]byte{0, 0x41, 0xc8, 1, 0x0b}, vec("freeze")...))...)
}

func testEngine(t *testing.T) *Engine {
	e, err := New(t.Context(), Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

func loadSleeper(t *testing.T) *Loaded {
	m, err := testEngine(t).Load(t.Context(), sleeper(), Compiled)
	require.NoError(t, err)
	return m
}

func TestInstancesGoOnFromAnImage(t *testing.T) {
	m := loadSleeper(t)
	fresh, err := m.Freeze(t.Context(), Spec{Devices: true}, "g")
	require.NoError(t, err)
	require.Len(t, fresh.Memory(), 2*wasmPage)
	file := filepath.Join(t.TempDir(), "image")
	require.NoError(t, fresh.Save(file))
	opened, err := OpenImage(file)
	require.NoError(t, err)
	for name, im := range map[string]*Image{"in memory": fresh, "from a file": opened} {
		t.Run(name, func(t *testing.T) {
			for n := range uint64(3) { // they do not see each other
				i, err := m.Start(context.Background(), Spec{Devices: true, Image: im, Entry: Entry{"resume", []uint64{n}}})
				require.NoError(t, err)
				x := i.Wait()
				require.Equal(t, Exited, x.Why, x.Detail)
				require.Equal(t, int(n)+42+9+2, x.Code)
				require.Equal(t, uint64(2*wasmPage), x.Usage.Memory)
			}
		})
	}
	require.NoError(t, opened.Close())
}

func TestAnImageOfAnotherModuleIsRefused(t *testing.T) {
	m := loadSleeper(t)
	for name, c := range map[string]struct {
		im     *Image
		entry  string
		detail string
	}{
		"no such function": {NewImage(make([]byte, wasmPage), nil), "nobody", "exports no function"},
		"no such global":   {NewImage(make([]byte, wasmPage), map[string]uint64{"x": 1}), "resume", "exports no mutable global"},
		"too small":        {NewImage(nil, nil), "resume", "smaller than the module's memory"},
	} {
		t.Run(name, func(t *testing.T) {
			i, err := m.Start(context.Background(), Spec{Image: c.im, Entry: Entry{Func: c.entry, Args: []uint64{0}}})
			require.NoError(t, err)
			x := i.Wait()
			require.Equal(t, Broken, x.Why)
			require.Contains(t, x.Detail, c.detail)
		})
	}
}

func TestAnEnvironmentThatIsNoneIsAnError(t *testing.T) {
	m := loadSleeper(t)
	for _, kv := range []string{"", "K", "=V", "K=a\x00b", "K\x00=V"} {
		_, err := m.Start(t.Context(), Spec{Env: []string{"A=1", kv}})
		require.ErrorContains(t, err, "is not KEY=VALUE", "%q", kv)
	}
}

func TestAGuestThatIsNotFrozenIsAnError(t *testing.T) {
	_, err := loadSleeper(t).Freeze(t.Context(), Spec{}, "g") // without devices there is nothing to ask
	require.ErrorContains(t, err, "was not frozen")
}

func TestADamagedImageIsNotOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "image")
	_, err := OpenImage(file)
	require.True(t, errors.Is(err, fs.ErrNotExist))
	require.NoError(t, NewImage(make([]byte, 100), map[string]uint64{"g": 1}).Save(file))
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	im, err := OpenImage(file)
	require.NoError(t, err)
	require.NoError(t, im.Close())
	tail := len(imageMagic)
	for name, bytes := range map[string][]byte{
		"empty":        nil,
		"short":        whole[:len(whole)-1],
		"beginning":    whole[:wasmPage],
		"without some": whole[100:],
		"with more":    append(slices.Clone(whole[:wasmPage]), append(make([]byte, wasmPage), whole[wasmPage:]...)...),
		"size":         append(append(slices.Clone(whole[:len(whole)-tail-8]), 0, 0, 0, 0, 0, 0, 0, 0xff), whole[len(whole)-tail:]...),
		"no image":     append(slices.Clone(whole[:len(whole)-1]), '?'),
		"globals":      append(append(slices.Clone(whole[:wasmPage]), "{nonsense"...), whole[len(whole)-tail-8:]...),
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(file, bytes, 0o600))
			_, err := OpenImage(file)
			require.ErrorIs(t, err, errNoImage)
		})
	}
}

func TestALimitBelowWhatAGuestBeginsWithEndsIt(t *testing.T) {
	m := loadSleeper(t)
	for name, s := range map[string]Spec{
		"module": {Devices: true, Limits: Limits{Memory: wasmPage / 2}},
		"image":  {Image: NewImage(make([]byte, 2*wasmPage), nil), Entry: Entry{"resume", []uint64{0}}, Limits: Limits{Memory: wasmPage}},
	} {
		t.Run(name, func(t *testing.T) {
			i, err := m.Start(context.Background(), s)
			require.NoError(t, err)
			x := i.Wait()
			require.Equal(t, Limited, x.Why)
			require.Equal(t, "memory", x.Limit)
		})
	}
}
