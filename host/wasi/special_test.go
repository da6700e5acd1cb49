package wasi

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/api"

	"socklab/host/abi"
)

// mounted is a bench whose first mount has a name.
type mounted struct {
	*bench
	inner functions
	asked []string // of wazero's own
}

func newMounted(t *testing.T, name string) *mounted {
	m := &mounted{bench: newBench(t, Config{Mounts: 1}), inner: functions{}}
	for _, call := range []string{"path_open", "path_filestat_get", "fd_close"} {
		m.inner[call] = api.GoModuleFunc(func(_ context.Context, _ api.Module, stack []uint64) {
			m.asked = append(m.asked, call)
			stack[0] = uint64(abi.ENOENT)
		})
	}
	m.inner["fd_prestat_get"] = api.GoModuleFunc(func(_ context.Context, mod api.Module, stack []uint64) {
		mod.Memory().WriteUint32Le(uint32(stack[1])+4, uint32(len(name)))
		stack[0] = 0
	})
	m.inner["fd_prestat_dir_name"] = api.GoModuleFunc(func(_ context.Context, mod api.Module, stack []uint64) {
		require.EqualValues(t, len(name), stack[2], "wazero refuses more room than it needs")
		mod.Memory().Write(uint32(stack[1]), []byte(name))
		stack[0] = 0
	})
	return m
}

func (m *mounted) call(name string, params ...uint32) abi.Errno {
	return abi.Errno(m.run(wrappers[name](name, m.inner), params))
}

func (m *mounted) open(path string) (uint32, abi.Errno) {
	copy(m.mem()[1024:], path)
	errno := m.call("path_open", 3, 0, 1024, uint32(len(path)), 0, 0, 0, 0, 512)
	return m.u32(512), errno
}

func TestSpecialFilesAreBelowTheMountAtTheRootOnly(t *testing.T) {
	m := newMounted(t, "/")
	copy(m.mem(), "what the guest has here")
	for _, path := range []string{"dev/null", "./dev//null", "dev/x/../zero", "dev/random", "dev/urandom"} {
		fd, errno := m.open(path)
		require.Equal(t, abi.OK, errno, path)
		f, _ := m.p.fds.get(int32(fd))
		require.Equal(t, fdSpecial, f.kind, path)
	}
	require.Empty(t, m.asked)
	require.Equal(t, "what the guest has here", string(m.mem()[:23]), "what was borrowed is put back")
	for _, path := range []string{"dev", "dev/full", "null", "../dev/null", "/dev/null", "dev/null\x00", strings.Repeat("./", 13) + "dev/null"} {
		_, errno := m.open(path)
		require.Equal(t, abi.ENOENT, errno, path)
	}
	fd, errno := m.open(strings.Repeat("./", 12) + "dev/null")
	require.Equal(t, abi.OK, errno)
	f, _ := m.p.fds.get(3)
	f.preopen = false
	_, errno = m.open("dev/null")
	require.Equal(t, abi.ENOENT, errno, "a folder that was opened is no mount")

	copy(m.mem()[1024:], "dev/null")
	f.preopen = true
	m.asked = nil
	require.Equal(t, abi.OK, m.call("path_filestat_get", 3, 0, 1024, 8, 2048))
	require.EqualValues(t, filetypeCharDevice, m.mem()[2048+16])
	require.Equal(t, abi.OK, m.call("fd_filestat_get", fd, 2048))
	require.EqualValues(t, filetypeCharDevice, m.mem()[2048+16])
	require.Empty(t, m.asked)

	require.Equal(t, abi.ENOENT, m.call("path_filestat_get", 3, 0, 0, 0, 2048), "what wazero says")
	m.inner["fd_prestat_get"] = api.GoModuleFunc(func(_ context.Context, _ api.Module, stack []uint64) { stack[0] = uint64(abi.EBADF) })
	_, errno = m.open("dev/null")
	require.Equal(t, abi.EBADF, errno)

	for _, name := range []string{"/x", "x", ""} {
		m = newMounted(t, name)
		_, errno = m.open("dev/null")
		require.Equal(t, abi.ENOENT, errno, "a mount at %q", name)
		require.Equal(t, []string{"path_open"}, m.asked)
	}
}

func TestWhatSpecialFilesGiveAndTake(t *testing.T) {
	m := newMounted(t, "/")
	null, _ := m.open("dev/null")
	zero, _ := m.open("dev/zero")
	random, _ := m.open("dev/random")
	fill := func() {
		copy(m.mem()[0:], numbers(4096, 8, 5000, 24))
		copy(m.mem()[4096:], bytes.Repeat([]byte{7}, 2048))
	}
	read := func(fd uint32) (uint32, string) {
		fill()
		require.Equal(t, abi.OK, m.call("fd_read", fd, 0, 2, 512))
		return m.u32(512), string(m.mem()[4096:4104]) + string(m.mem()[5000:5025])
	}
	sevens := strings.Repeat("\x07", 33)
	n, got := read(null)
	require.Zero(t, n)
	require.Equal(t, sevens, got)
	n, got = read(zero)
	require.EqualValues(t, 32, n)
	require.Equal(t, strings.Repeat("\x00", 32)+"\x07", got)
	n, got = read(random)
	require.EqualValues(t, 32, n)
	require.NotEqual(t, sevens[:8], got[:8])
	require.NotEqual(t, sevens[:24], got[8:32])
	require.EqualValues(t, 7, got[32])
	for _, fd := range []uint32{null, zero, random} {
		require.Equal(t, abi.OK, m.call("fd_write", fd, 0, 2, 512))
		require.EqualValues(t, 32, m.u32(512))
	}

	// The host works for this, and not the guest: 1023 times the whole memory.
	for at := range uint32(1023) {
		binary.LittleEndian.PutUint32(m.mem()[8*at:], 16384)
		binary.LittleEndian.PutUint32(m.mem()[8*at+4:], 32768)
	}
	require.Equal(t, abi.OK, m.call("fd_read", zero, 0, 1023, 65000))
	require.EqualValues(t, specialMax, m.u32(65000))
}

func TestNoBufferIsTouchedBeforeAllAreChecked(t *testing.T) {
	m := newMounted(t, "/")
	zero, _ := m.open("dev/zero")
	copy(m.mem()[0:], numbers(4096, 8, memorySize-7, 8))
	copy(m.mem()[4096:], "as it was")
	require.Equal(t, abi.EFAULT, m.call("fd_read", zero, 0, 2, 512))
	require.Equal(t, "as it was", string(m.mem()[4096:4105]))
	require.Equal(t, abi.EINVAL, m.call("fd_read", zero, 0, maxIovecs+1, 65000))
	require.Equal(t, abi.OK, m.call("fd_read", zero, 16384, maxIovecs, 512), "IOV_MAX, all empty")
}

func TestAMountsNameIsToldWhole(t *testing.T) {
	m := newMounted(t, "/data")
	copy(m.mem(), "what the guest has here")
	for room, want := range map[uint32]abi.Errno{0: abi.ENAMETOOLONG, 4: abi.ENAMETOOLONG, 5: abi.OK, 6: abi.OK} {
		require.Equal(t, want, m.call("fd_prestat_dir_name", 3, 1024, room), room)
	}
	require.Equal(t, "/data", string(m.mem()[1024:1029]))
	require.Equal(t, "what the guest has here", string(m.mem()[:23]))

	d := newDevice(t, Config{})
	copy(d.mem()[1024:], bytes.Repeat([]byte{0xff}, 8))
	require.Equal(t, abi.OK, d.wasi("fd_prestat_get", 3, 1024))
	require.Equal(t, numbers(0, uint32(len(DeviceDir))), d.mem()[1024:1032])
	require.Equal(t, abi.ENAMETOOLONG, d.wasi("fd_prestat_dir_name", 3, 1024, uint32(len(DeviceDir))-1))
	require.Equal(t, abi.OK, d.wasi("fd_prestat_dir_name", 3, 1024, uint32(len(DeviceDir))))
	require.Equal(t, DeviceDir, string(d.mem()[1024:1024+len(DeviceDir)]))
}

func TestALinksTargetIsCutToTheRoom(t *testing.T) {
	m := newMounted(t, "/")
	target := strings.Repeat("t", 100)
	m.inner["path_readlink"] = api.GoModuleFunc(func(_ context.Context, mod api.Module, stack []uint64) {
		require.EqualValues(t, maxTarget, stack[4])
		mod.Memory().Write(uint32(stack[3]), []byte(target))
		mod.Memory().WriteUint32Le(uint32(stack[5]), uint32(len(target)))
		stack[0] = 0
	})
	before := bytes.Clone(m.mem())
	require.Equal(t, abi.OK, m.call("path_readlink", 3, 0, 4, 8192, 10, 9000))
	require.EqualValues(t, 10, m.u32(9000))
	copy(before[8192:], target[:10])
	before[9000] = 10
	require.Equal(t, before, m.mem(), "nothing else is written")

	m.inner["path_readlink"] = api.GoModuleFunc(func(_ context.Context, mod api.Module, stack []uint64) {
		mod.Memory().WriteUint32Le(uint32(stack[5]), maxTarget+1) // more than it was given
		stack[0] = 0
	})
	require.Equal(t, abi.OK, m.call("path_readlink", 3, 0, 4, 8192, 5000, 16000))
	require.EqualValues(t, maxTarget, m.u32(16000))
}

func TestASocketsFileIsToldAsOne(t *testing.T) {
	for is, want := range map[byte]byte{filetypeUnknown: filetypeStream, filetypeRegular: filetypeRegular} {
		m := newMounted(t, "/")
		m.inner["path_filestat_get"] = api.GoModuleFunc(func(_ context.Context, mod api.Module, stack []uint64) {
			mod.Memory().WriteByte(uint32(stack[4])+16, is)
			stack[0] = 0
		})
		require.Equal(t, abi.OK, m.call("path_filestat_get", 3, 0, 0, 0, 2048))
		require.Equal(t, want, m.mem()[2048+16])
	}
}

func TestAFilesErrnoIsToldAsItsFileSystemSaysIt(t *testing.T) {
	for said, want := range map[abi.Errno]abi.Errno{abi.OK: abi.EIO, abi.EDQUOT: abi.EDQUOT} {
		b := newBench(t, Config{Mounts: 1})
		inner := functions{"fd_sync": api.GoModuleFunc(func(_ context.Context, _ api.Module, stack []uint64) {
			if said != abi.OK {
				b.p.FileErrno(said)
			}
			stack[0] = uint64(abi.EIO)
		})}
		require.EqualValues(t, want, b.run(wrappers["fd_sync"]("fd_sync", inner), []uint32{3}))
	}
}

func TestAFileKeepsHowItsWritesAreSynchronised(t *testing.T) {
	const dsync, rsync = 2, 8
	b := newBench(t, Config{Mounts: 1})
	var asked uint64
	inner := functions{"fd_fdstat_set_flags": api.GoModuleFunc(func(_ context.Context, _ api.Module, stack []uint64) {
		asked, stack[0] = stack[1], 0
	}), "fd_fdstat_get": innerFdstat}
	require.Equal(t, abi.OK, b.wasi("path_open", 3, 0, 0, 1, 0, 0, 0, dsync, 64))
	fd := b.u32(64)
	for flags, want := range map[uint32]uint64{dsync | fdflagAppend: fdflagAppend, fdflagAppend: fdflagAppend, dsync | rsync: dsync | rsync} {
		b.run(wrappers["fd_fdstat_set_flags"]("fd_fdstat_set_flags", inner), []uint32{fd, flags})
		require.Equal(t, want, asked, "%#x", flags)
	}
	b.run(wrappers["fd_fdstat_get"]("fd_fdstat_get", inner), []uint32{fd, 1024})
	require.EqualValues(t, dsync, b.mem()[1026])
}
