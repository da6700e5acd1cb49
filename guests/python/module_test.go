package python

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/guests/toolchains"
)

func section(id byte, body ...byte) []byte {
	return append(binary.AppendUvarint([]byte{id}, uint64(len(body))), body...)
}

func module(sections ...[]byte) []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range sections {
		b = append(b, s...)
	}
	return b
}

var (
	exports = section(exportSection, 1, 1, 'm', 2, 0)
	// "ab" at 3, then "c" at 70.
	data = section(dataSection, 2, 0, 0x41, 3, 0x0b, 2, 'a', 'b', 0, 0x41, 0xc6, 0, 0x0b, 1, 'c')
)

func TestAModuleIsTakenApart(t *testing.T) {
	types := section(1, 0)
	m, memory, err := Adapt(module(section(0, 1, 'x'), types, exports, section(dataCountSection, 2), data))
	require.NoError(t, err)
	want := append(make([]byte, 3), "ab"...)
	want = append(append(want, make([]byte, 65)...), 'c')
	require.Equal(t, want, memory)
	added := append([]byte{3, 1, 'm', 2, 0}, append([]byte{13}, StackPointer...)...)
	added = append(append(added, 3, 0, 10), RunString...)
	added = append(added, 0, 0xd8, 0x1f) // 4056
	require.Equal(t, module(types, section(exportSection, added...)), m)
}

func TestWhatIsNotTheInterpreterIsRefused(t *testing.T) {
	for name, wasm := range map[string][]byte{
		"nothing":           nil,
		"text":              []byte("#!/usr/bin/env python3\n"),
		"no data":           module(exports),
		"cut off":           module(exports, data)[:20],
		"endless number":    module([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
		"passive data":      module(exports, section(dataSection, 1, 1, 1, 'a')),
		"data at a global":  module(exports, section(dataSection, 1, 0, 0x23, 0, 0x0b, 1, 'a')),
		"data far away":     module(exports, section(dataSection, 1, 0, 0x41, 0xff, 0xff, 0xff, 0xff, 0x07, 0x0b, 1, 'a')),
		"more data than is": module(exports, section(dataSection, 1, 0, 0x41, 0, 0x0b, 99, 'a')),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Adapt(wasm)
			require.ErrorIs(t, err, errModule)
		})
	}
}

func TestThePinnedInterpreterIsKnown(t *testing.T) {
	dir, err := toolchains.Find("python")
	if err != nil {
		t.Skipf("no Python for guests here: %v", err)
	}
	wasm, err := os.ReadFile(filepath.Join(dir, "python.wasm"))
	require.NoError(t, err)
	m, memory, err := Adapt(wasm)
	require.NoError(t, err)
	require.Less(t, len(m), len(wasm)/3)
	require.NotEmpty(t, memory)
}

func TestTheBundleHasEveryFile(t *testing.T) {
	args, stdin, err := Begin()
	require.NoError(t, err)
	require.Len(t, args, 3)
	require.Contains(t, args[2], "freeze()")
	for _, name := range []string{"_socket.py ", "select.py ", "fcntl.py ", "_socklab/__init__.py ", "_socklab/boot.py "} {
		require.True(t, strings.Contains("\n"+string(stdin), "\n"+name), name)
	}
}

func FuzzAdapt(f *testing.F) {
	f.Add(module(exports, data))
	f.Fuzz(func(t *testing.T, wasm []byte) { Adapt(wasm) })
}
