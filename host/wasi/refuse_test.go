package wasi

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/api"

	"socklab/host/abi"
	"socklab/host/sock"
)

// descriptorParams are where WASI's calls have descriptors, if not only in
// their first parameter.
var descriptorParams = map[string][]int{
	"path_link": {0, 4}, "path_rename": {0, 3}, "path_symlink": {2}, "fd_renumber": {0, 1},
	"poll_oneoff": nil, "random_get": nil, "sched_yield": nil,
}

func TestEveryWASICallRefusesADescriptorThatIsNone(t *testing.T) {
	for _, name := range wrapperNames() {
		params, ok := descriptorParams[name]
		if !ok {
			params = []int{0}
		}
		for _, i := range params {
			for _, fd := range []uint32{5, 99, 1 << 31, 1<<32 - 1} {
				b := newBench(t, Config{Mounts: 2})
				w := make([]uint32, 9)
				for _, other := range params {
					w[other] = 3
				}
				w[i] = fd
				if name == "sock_shutdown" {
					w[1] = sdRead
				}
				require.Equal(t, abi.EBADF, b.wasi(name, w...), "%s: %d in parameter %d", name, int32(fd), i)
				require.Empty(t, b.inner, name)
			}
		}
	}
}

func TestEveryWASICallRefusesTheWrongKindOfDescriptor(t *testing.T) {
	const folder, stdin, stdout = 4, 0, 1 // the devices' folder behind one mount
	for _, c := range []struct {
		name         string
		fd           int // its parameter
		socket, devs abi.Errno
	}{
		{"fd_advise", 0, abi.ESPIPE, abi.ESPIPE},
		{"fd_allocate", 0, abi.ENODEV, abi.ENODEV},
		{"fd_datasync", 0, abi.EINVAL, abi.EINVAL},
		{"fd_filestat_set_size", 0, abi.EINVAL, abi.EINVAL},
		{"fd_filestat_set_times", 0, abi.EINVAL, abi.EINVAL},
		{"fd_pread", 0, abi.ESPIPE, abi.ESPIPE},
		{"fd_pwrite", 0, abi.ESPIPE, abi.ESPIPE},
		{"fd_readdir", 0, abi.ENOTDIR, abi.ENOTDIR},
		{"fd_seek", 0, abi.ESPIPE, abi.ESPIPE},
		{"fd_sync", 0, abi.EINVAL, abi.EINVAL},
		{"fd_tell", 0, abi.ESPIPE, abi.ESPIPE},
		{"fd_prestat_get", 0, abi.EBADF, abi.OK},
		{"fd_prestat_dir_name", 0, abi.EBADF, abi.ENAMETOOLONG},
		{"fd_read", 0, abi.OK, abi.EISDIR},
		{"fd_write", 0, abi.OK, abi.EISDIR},
		{"path_create_directory", 0, abi.ENOTDIR, abi.EROFS},
		{"path_filestat_get", 0, abi.ENOTDIR, abi.OK},
		{"path_filestat_set_times", 0, abi.ENOTDIR, abi.EROFS},
		{"path_link", 0, abi.ENOTDIR, abi.EROFS},
		{"path_link", 4, abi.ENOTDIR, abi.EROFS},
		{"path_open", 0, abi.ENOTDIR, abi.OK},
		{"path_readlink", 0, abi.ENOTDIR, abi.EROFS},
		{"path_remove_directory", 0, abi.ENOTDIR, abi.EROFS},
		{"path_rename", 0, abi.ENOTDIR, abi.EROFS},
		{"path_rename", 3, abi.ENOTDIR, abi.EROFS},
		{"path_symlink", 2, abi.ENOTDIR, abi.EROFS},
		{"path_unlink_file", 0, abi.ENOTDIR, abi.EROFS},
	} {
		b := newBench(t, Config{Mounts: 1, Devices: true})
		socket := int(b.socket(abi.SOCK_STREAM))
		for fd, want := range map[int]abi.Errno{socket: c.socket, folder: c.devs} {
			w := make([]uint32, 9)
			for _, i := range descriptorParams[c.name] {
				w[i] = 3
			}
			w[c.fd] = uint32(fd)
			require.Equal(t, want, b.wasi(c.name, w...), "%s on %d", c.name, fd)
			require.Zero(t, b.inner[c.name], c.name)
		}
	}
	b := newBench(t, Config{})
	require.Equal(t, abi.EBADF, b.wasi("fd_read", stdout, 0, 0, 64), "standard output is not read")
	require.Equal(t, abi.EBADF, b.wasi("fd_write", stdin, 0, 0, 64), "standard input is not written")
}

func TestEveryWASICallRefusesAPointerBeyondTheMemory(t *testing.T) {
	const folder, socket, call = 4, 5, 6
	for _, c := range []struct {
		name string
		at   int    // the parameter that points
		size uint32 // to how much
		w    []uint32
	}{
		{"fd_read", 3, 4, []uint32{socket, 0, 0, 0}},
		{"fd_read", 1, 8, []uint32{socket, 0, 1, 64}},
		{"fd_write", 3, 4, []uint32{socket, 0, 0, 0}},
		{"fd_write", 1, 8, []uint32{socket, 0, 1, 64}},
		{"fd_write", 1, 8, []uint32{1, 0, 1, 64}},
		{"fd_read", 1, 8, []uint32{0, 0, 1, 64}},
		{"fd_read", 1, 8, []uint32{call, 0, 1, 64}},
		{"fd_pread", 4, 4, []uint32{call, 0, 0, socket, 0}},
		{"fd_fdstat_get", 1, fdstatSize, []uint32{socket, 0}},
		{"fd_filestat_get", 1, 64, []uint32{socket, 0}},
		{"fd_prestat_get", 1, prestatSize, []uint32{folder, 0}},
		{"fd_prestat_dir_name", 1, uint32(len(DeviceDir)), []uint32{folder, 0, uint32(len(DeviceDir))}},
		{"path_filestat_get", 4, 64, []uint32{folder, 0, 0, 0, 0}},
		{"path_filestat_get", 4, 64, []uint32{3, 0, 0, 0, 0}},
		{"path_open", 8, 4, []uint32{folder, 0, 0, 0, 0, 0, 0, 0, 0}},
		{"path_open", 2, 4, []uint32{folder, 0, 0, 4, 0, 0, 0, 0, 64}},
		{"path_open", 2, 32, []uint32{3, 0, 0, 32, 0, 0, 0, 0, 64}}, // might be a special file
		{"path_readlink", 3, 9, []uint32{3, 0, 0, 0, 9, 64}},
		{"path_readlink", 5, 4, []uint32{3, 0, 0, 0, 9, 0}},
		{"random_get", 0, 9, []uint32{0, 9}},
		{"sock_recv", 1, 8, []uint32{socket, 0, 1, 0, 64, 64}},
		{"sock_recv", 4, 4, []uint32{socket, 0, 0, 0, 0, 64}},
		{"sock_recv", 5, 2, []uint32{socket, 0, 0, 0, 64, 0}},
		{"sock_send", 1, 8, []uint32{socket, 0, 1, 0, 64}},
		{"sock_send", 4, 4, []uint32{socket, 0, 0, 0, 0}},
		{"sock_accept", 2, 4, []uint32{socket, 0, 0}},
	} {
		b := newBench(t, Config{Mounts: 1, Devices: true})
		require.EqualValues(t, socket, b.socket(abi.SOCK_STREAM))
		fd, _ := b.p.openDevice("call")
		require.EqualValues(t, call, fd)
		b.p.sockets.files = b.p.own.files // one number for both spaces
		copy(b.mem()[memorySize-8:], make([]byte, 8))
		open := b.p.fds.open
		for at, want := range map[uint32]abi.Errno{memorySize - c.size + 1: abi.EFAULT, memorySize: abi.EFAULT, -c.size: abi.EFAULT} {
			c.w[c.at] = at
			require.Equal(t, want, b.wasi(c.name, c.w...), "%s: parameter %d is %d", c.name, c.at, at)
		}
		require.Equal(t, open, b.p.fds.open, c.name)
		require.Zero(t, b.p.Usage().Received, c.name)
		c.w[c.at] = memorySize - c.size
		require.NotEqual(t, abi.EFAULT, b.wasi(c.name, c.w...), "%s: parameter %d is the last that fits", c.name, c.at)
	}
}

func TestARightThatIsGivenAwayIsNeeded(t *testing.T) {
	for name, needs := range needs {
		if wrappers[name] == nil {
			continue // of the extensions
		}
		for _, n := range needs {
			for i := range 64 {
				right := uint64(1) << i
				if n.right&right == 0 {
					continue
				}
				b := newBench(t, Config{Mounts: 2})
				w := []uint32{3, 0, 3, 3, 3, 0, 0, 0, 0}
				w[n.param] = 4
				f, _ := b.p.fds.get(4)
				f.lost = right
				require.NotEqual(t, abi.ENOTCAPABLE, b.wasi(name, w...), "%s: nobody has given rights away", name)
				b.p.restricted = true
				calls := b.inner[name]
				require.Equal(t, abi.ENOTCAPABLE, b.wasi(name, w...), "%s: %#x of parameter %d", name, right, n.param)
				require.Equal(t, calls, b.inner[name], name)
				f.lost = ^n.right
				require.NotEqual(t, abi.ENOTCAPABLE, b.wasi(name, w...), "%s: rights that it does not need", name)
			}
		}
	}
}

func TestOpeningNeedsTheRightsOfItsFlags(t *testing.T) {
	for _, c := range []struct {
		lost   uint64
		oflags uint32
		want   abi.Errno
	}{
		{rightOpen, 0, abi.ENOTCAPABLE},
		{rightCreateFile, 0, abi.OK},
		{rightCreateFile, oflagCreat, abi.ENOTCAPABLE},
		{rightPathSetSize, oflagCreat, abi.OK},
		{rightPathSetSize, oflagTrunc, abi.ENOTCAPABLE},
		{^uint64(rightOpen | rightCreateFile | rightPathSetSize), oflagCreat | oflagTrunc, abi.OK},
	} {
		b := newBench(t, Config{Mounts: 1})
		f, _ := b.p.fds.get(3)
		f.lost, f.lostBelow = c.lost, rightWrite
		b.p.restricted = true
		require.Equal(t, c.want, b.wasi("path_open", 3, 0, 0, 1, c.oflags, 0, 0, 0, 64), "%#x", c.lost)
		if c.want != abi.OK {
			continue
		}
		opened, errno := b.p.fds.get(int32(b.u32(64)))
		require.Equal(t, abi.OK, errno)
		require.EqualValues(t, rightWrite, opened.lost, "what a folder's files may not do")
		require.EqualValues(t, rightWrite, opened.lostBelow)
	}
}

// setRights gives away what is not in base and below.
func (b *bench) setRights(fd uint32, base, below uint64) abi.Errno {
	inner := functions{"fd_fdstat_get": innerFdstat}
	stack := []uint64{uint64(fd), base, below}
	wrappers["fd_fdstat_set_rights"]("fd_fdstat_set_rights", inner)(b.ctx, b.mod, stack)
	return abi.Errno(stack[0])
}

func TestRightsAreGivenAwayForGood(t *testing.T) {
	b := newBench(t, Config{Mounts: 1})
	copy(b.mem(), "what the guest has here")
	before := bytes.Clone(b.mem())
	fd := b.socket(abi.SOCK_STREAM)
	copy(before[64:], b.mem()[64:68])
	require.Equal(t, abi.ENOTCAPABLE, b.setRights(fd, rightSeek, 0), "a socket has never had it")
	require.Equal(t, abi.OK, b.setRights(fd, rightRead|rightWrite, rightRead))
	require.Equal(t, abi.OK, b.setRights(fd, rightRead, rightRead))
	require.Equal(t, abi.ENOTCAPABLE, b.setRights(fd, rightRead|rightWrite, rightRead))
	require.Equal(t, abi.ENOTCAPABLE, b.setRights(fd, rightRead, rightRead|rightWrite))
	require.Equal(t, abi.ENOTCAPABLE, b.wasi("fd_write", fd, 0, 0, 128))
	require.Equal(t, before, b.mem(), "what was borrowed is put back")
	require.Equal(t, abi.OK, b.wasi("fd_fdstat_get", fd, 128))
	require.EqualValues(t, rightRead, binary.LittleEndian.Uint64(b.mem()[136:]))
	require.EqualValues(t, rightRead, binary.LittleEndian.Uint64(b.mem()[144:]))

	require.Equal(t, abi.OK, b.setRights(3, rightOpen, rightRead), "a mount")
	require.Equal(t, abi.ENOTCAPABLE, b.setRights(3, rightOpen|rightReaddir, rightRead))
	require.Equal(t, abi.ENOTCAPABLE, b.setRights(3, 1<<40, 0), "no right that there is")
	b = newBench(t, Config{Mounts: 1})
	require.Equal(t, abi.ENOTCAPABLE, b.setRights(3, rightSeek, 0), "wazero says that a folder has it not")
	require.Equal(t, abi.OK, b.setRights(3, rightOpen, rightSeek))
}

// innerFdstat answers as wazero does, with a folder's rights.
var innerFdstat = api.GoModuleFunc(func(_ context.Context, mod api.Module, stack []uint64) {
	var b [fdstatSize]byte
	b[0] = filetypeDirectory
	binary.LittleEndian.PutUint64(b[8:], rightsAll&^rightSeek)
	binary.LittleEndian.PutUint64(b[16:], rightsAll)
	mod.Memory().Write(uint32(stack[1]), b[:])
	stack[0] = 0
})

func TestWhatWasOpenedToReadIsNotWritten(t *testing.T) {
	for rights, want := range map[uint64]uint64{
		rightRead:              rightRead,
		rightWrite:             rightWrite | rightAllocate | rightSetSize,
		rightRead | rightWrite: rightRead | rightWrite | rightAllocate | rightSetSize,
		0:                      rightRead,
	} {
		b := newBench(t, Config{Mounts: 1})
		require.Equal(t, abi.OK, b.wasi("path_open", 3, 0, 0, 1, 0, uint32(rights), 0, 0, 64))
		f, _ := b.p.fds.get(int32(b.u32(64)))
		const asked = rightRead | rightWrite | rightAllocate | rightSetSize
		require.Equal(t, want, asked&^f.without, "%#x", rights)
		allocate := b.wasi("fd_allocate", b.u32(64), 0, 0)
		if rights&rightWrite != 0 {
			require.Equal(t, abi.OK, allocate)
		} else {
			require.Equal(t, abi.EBADF, allocate)
		}
	}
	b := newBench(t, Config{Mounts: 1})
	require.Equal(t, abi.EBADF, b.wasi("fd_allocate", 3, 0, 0), "a mount")
	for _, oflags := range []uint32{oflagCreat, oflagTrunc} { // who makes or empties a file means to write
		require.Equal(t, abi.OK, b.wasi("path_open", 3, 0, 0, 1, oflags, 0, 0, 0, 64))
		require.Equal(t, abi.OK, b.wasi("fd_allocate", b.u32(64), 0, 0))
	}
}

func TestAPollThatIsNoneIsRefused(t *testing.T) {
	b := newBench(t, Config{Mounts: 1})
	clock := func(id, flags byte) []byte {
		s := make([]byte, subscriptionSize)
		s[8], s[16], s[40] = eventClock, id, flags
		return s
	}
	poll := func(s []byte) abi.Errno {
		copy(b.mem()[1024:], s)
		return b.wasi("poll_oneoff", 1024, 4096, 1, 64)
	}
	require.Equal(t, abi.EINVAL, b.wasi("poll_oneoff", 0, 0, 0, 0), "nothing")
	require.Equal(t, abi.EINVAL, b.wasi("poll_oneoff", 0, 0, maxSubscriptions+1, 0))
	require.Equal(t, abi.EFAULT, b.wasi("poll_oneoff", 0, 0, maxSubscriptions, 0), "within the limit, beyond the memory")
	for at, want := range map[uint32]abi.Errno{memorySize - subscriptionSize: abi.OK, memorySize - subscriptionSize + 1: abi.EFAULT} {
		copy(b.mem()[memorySize-subscriptionSize:], clock(clockMonotonic, 0))
		require.Equal(t, want, b.wasi("poll_oneoff", at, 4096, 1, 64))
	}
	for at, want := range map[uint32]abi.Errno{memorySize - eventSize: abi.OK, memorySize - eventSize + 1: abi.EFAULT} {
		copy(b.mem()[1024:], clock(clockMonotonic, 0))
		require.Equal(t, want, b.wasi("poll_oneoff", 1024, at, 1, 64))
	}
	require.Equal(t, abi.EFAULT, b.wasi("poll_oneoff", 1024, 4096, 1, memorySize-3))
	for id, want := range map[byte]abi.Errno{clockRealtime: abi.OK, clockMonotonic: abi.OK, 3: abi.OK, 4: abi.EINVAL} {
		require.Equal(t, want, poll(clock(id, 0)), "clock %d", id)
		require.Equal(t, want, poll(clock(id, clockAbsolute)), "clock %d, of the past", id)
	}
	require.Equal(t, abi.EINVAL, poll(clock(clockMonotonic, 2)))
	late := clock(clockMonotonic, 0)
	late[30] = 1 // about an hour
	copy(b.mem()[1024:], append(late, clock(clockMonotonic, 0)...))
	require.Equal(t, abi.OK, b.wasi("poll_oneoff", 1024, 4096, 2, 64), "the first clock that rings ends it")
	require.EqualValues(t, 1, b.u32(64))
	other := make([]byte, subscriptionSize)
	other[8] = abi.EventPoll + 1
	require.Equal(t, abi.EINVAL, poll(other))
}

func TestAPollAnswersEachSubscriptionByItsNumber(t *testing.T) {
	b := newBench(t, Config{Mounts: 1})
	f, _ := b.p.fds.get(3)
	f.lost = rightPoll
	subs := make([]byte, 0, 5*subscriptionSize)
	for i, s := range []struct{ fd, kind byte }{{99, eventRead}, {3, eventRead}, {0, eventWrite}, {1, eventRead}, {1, eventWrite}} {
		one := make([]byte, subscriptionSize)
		one[0], one[8], one[16] = byte('a'+i), s.kind, s.fd
		subs = append(subs, one...)
	}
	copy(b.mem()[1024:], subs)
	copy(b.mem()[4096:], bytes.Repeat([]byte{0xff}, 6*eventSize))
	require.Equal(t, abi.OK, b.wasi("poll_oneoff", 1024, 4096, 5, 64))
	require.EqualValues(t, 5, b.u32(64))
	var want []byte
	for i, e := range []struct {
		errno abi.Errno
		kind  byte
	}{{abi.EBADF, eventRead}, {abi.ENOTCAPABLE, eventRead}, {abi.EBADF, eventWrite}, {abi.EBADF, eventRead}, {abi.OK, eventWrite}} {
		one := make([]byte, eventSize)
		one[0], one[8], one[10] = byte('a'+i), byte(e.errno), e.kind
		want = append(want, one...)
	}
	require.Equal(t, want, b.mem()[4096:4096+len(want)])
	require.EqualValues(t, 0xff, b.mem()[4096+len(want)], "no event more")

	copy(b.mem()[1024:], subs[subscriptionSize:2*subscriptionSize])
	b.mem()[1024+8] = abi.EventPoll
	require.Equal(t, abi.OK, b.wasi("poll_oneoff", 1024, 4096, 1, 64))
	require.EqualValues(t, 1, b.u32(64))
	require.Equal(t, []byte{byte(abi.ENOTCAPABLE), 0, abi.EventPoll}, b.mem()[4096+8:4096+11], "by any kind of subscription")
}

func TestClocksAreRelativeOrAbsolute(t *testing.T) {
	wait := func(id, flags byte, at uint64, now int64) time.Duration {
		s := make([]byte, subscriptionSize)
		s[16], s[40] = id, flags
		binary.LittleEndian.PutUint64(s[24:], at)
		d, errno := clockWait(s, now)
		require.Equal(t, abi.OK, errno)
		return d
	}
	require.EqualValues(t, 100, wait(clockMonotonic, 0, 100, 40))
	require.EqualValues(t, 60, wait(clockMonotonic, clockAbsolute, 100, 40))
	require.Zero(t, wait(clockMonotonic, clockAbsolute, 100, 140), "past")
	require.Positive(t, wait(clockMonotonic, 0, math.MaxUint64, 40), "for ever")
	d := wait(clockRealtime, clockAbsolute, uint64(time.Now().Add(time.Hour).UnixNano()), 40)
	require.Greater(t, d, time.Minute)
	require.LessOrEqual(t, d, time.Hour)
}

func TestEachEventHasItsBit(t *testing.T) {
	for bit, event := range map[uint32]sock.Events{pollIn: sock.Readable, pollOut: sock.Writable, pollErr: sock.Error, pollHup: sock.Hangup, pollRdHup: sock.ReadHangup} {
		require.Equal(t, bit, happened(event))
		if event != sock.Error && event != sock.Hangup { // which nobody has to ask for
			require.Equal(t, event, wanted(bit))
		}
	}
	require.Zero(t, wanted(pollErr|pollHup|pollNval))
}

func TestFlagsThatAreNoneAreRefused(t *testing.T) {
	b := newBench(t, Config{Mounts: 1})
	fd := b.socket(abi.SOCK_STREAM)
	require.Equal(t, abi.EINVAL, b.wasi("fd_fdstat_set_flags", fd, 0x20))
	require.Equal(t, abi.OK, b.wasi("fd_fdstat_set_flags", fd, 0x1f))
	require.Equal(t, abi.EINVAL, b.wasi("path_link", 3, lookupFollow, 0, 0, 3, 0, 0))
	require.Equal(t, abi.EINVAL, b.wasi("path_readlink", 3, 0, 0, 64, 0, 64), "no room at all")
	require.Equal(t, abi.ENOTSUP, b.wasi("sock_send", fd, 0, 0, 1, 64))
	require.Equal(t, abi.ENOTSUP, b.wasi("sock_recv", fd, 0, 0, 4, 64, 68))
	for _, how := range []uint32{0, 4} {
		require.Equal(t, abi.EINVAL, b.wasi("sock_shutdown", fd, how), how)
	}
	for _, how := range []uint32{sdRead, sdWrite, sdRead | sdWrite} {
		require.Equal(t, abi.OK, b.wasi("sock_shutdown", fd, how), how)
	}
	require.Equal(t, []abi.How{abi.SHUT_RD, abi.SHUT_WR, abi.SHUT_RDWR}, b.socketOf(fd).how)
	require.Equal(t, int32(abi.ENOTSUP), b.sock(abi.SetNonblock, 3, 1), "a file")
	require.Equal(t, int32(abi.EBADF), b.sock(abi.SetNonblock, 99, 1))
	require.Equal(t, int32(abi.EBADF), b.sock(abi.Dup, 99, 64))
}
