package std

// taken are files of the standard library that wasip1 is kept out of, by a
// constraint or by their name, and their names in the overlay if they need
// another.
var taken = map[string]string{
	"internal/poll/hook_cloexec.go":  "",
	"internal/poll/iovec_unix.go":    "",
	"internal/poll/sock_cloexec.go":  "",
	"internal/poll/sockopt.go":       "",
	"internal/poll/sockopt_linux.go": "internal/poll/sockopt_linux_wasip1.go",
	"internal/poll/sockoptip.go":     "",
	"internal/poll/writev.go":        "",

	"internal/syscall/unix/net.go": "",

	"net/fd_posix.go":         "",
	"net/fd_unix.go":          "",
	"net/file_posix.go":       "",
	"net/file_unix.go":        "",
	"net/sock_cloexec.go":     "",
	"net/sock_posix.go":       "",
	"net/sockopt_linux.go":    "net/sockopt_linux_wasip1.go",
	"net/sockopt_posix.go":    "",
	"net/sockoptip4_linux.go": "net/sockoptip4_linux_wasip1.go",
	"net/sockoptip6_posix.go": "",
	"net/tcpsockopt_posix.go": "",
	"net/tcpsockopt_unix.go":  "",
	"net/writev_unix.go":      "",

	"net/http/transport_default_other.go": "",

	"os/pipe2_unix.go": "",

	"syscall/sockcmsg_unix.go": "",
}

// dropped are the files for wasip1 that the taken ones replace.
var dropped = []string{
	"internal/poll/sys_cloexec.go",
	"internal/syscall/unix/net_wasip1.go",
	"net/cgo_stub.go",
	"net/fd_fake.go",
	"net/fd_wasip1.go",
	"net/file_wasip1.go",
	"net/http/transport_default_wasm.go",
	"net/interface_stub.go",
	"net/net_fake.go",
	"net/sockopt_fake.go",
	"net/sockoptip_stub.go",
	"net/tcpsockopt_stub.go",
	"os/pipe_wasm.go",
	"os/signal/signal_unix.go",
	"syscall/net_fake.go",
}

// An edit replaces a text that must be in its file exactly once.
type edit struct{ old, new string }

// edited are files for wasip1 that need a word changed.
var edited = map[string][]edit{
	// Functions that know nothing of sockets get other names: ours have theirs.
	"syscall/fs_wasip1.go": {
		{"func Read(fd int,", "func readFD(fd int,"},
		{"func Write(fd int,", "func writeFD(fd int,"},
		{"func Close(fd int)", "func closeFD(fd int)"},
		{"func Dup(fd int)", "func dupFD(fd int)"},
		{"func Pipe(fd []int)", "func pipeFD(fd []int)"},
	},
	"syscall/syscall_wasip1.go": {
		{"func SetNonblock(fd int,", "func setNonblockFD(fd int,"},
		{`return "wasip1", nil`, "return gethostname()"},
		// As on Linux.
		{"return e == ENOSYS\n", "return e == ENOSYS || e == ENOTSUP\n"},
		{"return e == EINTR || e == EMFILE ||", "return e == EINTR || e == EMFILE || e == ENFILE ||"},
	},
	// Errors read as they do on Linux, not as WASI's documents have them.
	"syscall/tables_wasip1.go": {
		{"var errorstr = [...]string{", "var _ = [...]string{"},
	},
	"runtime/lock_wasip1.go": { // ours does something
		{"func checkTimeouts() {}\n", ""},
		{"func beforeIdle(int64, int64) (*g, bool) {\n\treturn nil, false\n}\n", ""},
	},
	"runtime/netpoll_wasip1.go": { // ours stand before these
		{"func netpoll(delay int64)", "func pollHost(delay int64)"},
		{"func netpollarm(pd *pollDesc, mode int)", "func arm(pd *pollDesc, mode int)"},
	},
	"runtime/proc.go": { // there is nobody to steal from
		{"if mp.spinning || 2*sched.nmspinning.Load() <", "if gomaxprocs > 1 && 2*sched.nmspinning.Load() <"},
	},
	"internal/poll/fd_wasip1.go": {
		{"type SysFile struct {\n", "type SysFile struct {\n\tiovecs *[]syscall.Iovec // of Writev, kept for the next\n\n"},
	},
	"os/signal/signal.go": { // the runtime's waits for its own queue
		{"\tsignalWaitUntilIdle()\n", "\tuntilIdle()\n"},
	},
	"net/conf.go": { // the host has the system's resolver
		{"case \"darwin\", \"ios\":\n\t\treturn true", "case \"darwin\", \"ios\", \"wasip1\":\n\t\treturn true"},
	},
	"net/ipsock_posix.go": { // which families there are is for the host to say
		{"case \"js\", \"wasip1\":", "case \"js\":"},
		{"\"js\", \"wasip1\":\n\t\tif mode", "\"js\":\n\t\tif mode"},
	},
}

// shortened are edits that only spare a guest time: where a Go has another
// text, they are left out.
var shortened = map[string][]edit{
	"net/dial.go": {
		{"var d Dialer\n\treturn d.Dial(network, address)\n", "return straightDial(network, address)\n"},
	},
	"net/fd_unix.go": { // no getpeername
		{"runtime.KeepAlive(fd)\n\t\treturn nil, nil\n", "runtime.KeepAlive(fd)\n\t\treturn connectedTo(ra), nil\n"},
	},
	"net/tcpsock.go": { // five options in one use of the descriptor
		{"\tsetNoDelay(fd, true)\n\tif !keepAliveCfg.Enable", "\tif keepAliveIdle == 0 && !keepAliveCfg.Enable {\n" +
			"\t\treturn newUsualTCPConn(fd, preKeepAliveHook, keepAliveHook)\n\t}\n\tsetNoDelay(fd, true)\n\tif !keepAliveCfg.Enable"},
	},
	"net/hook_unix.go": {
		{"func(int, syscall.Sockaddr) error = syscall.Connect\n", "func(int, syscall.Sockaddr) error = connectTwice\n"},
	},
}
