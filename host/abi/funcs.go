package abi

// Kind says what one parameter of a host function is, and so how it is
// passed, checked and printed. Every value is a 32-bit number.
type Kind uint8

// The kinds of parameter.
const (
	// FD is a descriptor.
	FD Kind = iota
	// Int is a number: Param.As says how to print it.
	Int
	// In is bytes that the host reads: a pointer and a length.
	In
	// Out is room that the host fills: a pointer, its size, and a pointer to
	// where the number of bytes goes (what the full answer needs, which may
	// be more than was written). That last pointer may be 0 if the size is.
	Out
	// Res is a pointer to where the host writes one 32-bit result.
	Res
	// ResFD is Res for a new descriptor.
	ResFD
)

// Words is how many wasm parameters (all i32) a parameter of this kind takes.
func (k Kind) Words() int {
	switch k {
	case In:
		return 2
	case Out:
		return 3
	}
	return 1
}

// As says what the numbers or bytes of a parameter mean, for printing.
type As uint8

// The meanings.
const (
	Plain As = iota
	AsFamily
	AsType
	AsProtocol
	AsHow
	AsMsgFlags
	AsLevel
	AsOption // its level is the parameter before
	AsAIFlags
	AsNIFlags
	AsAddr  // bytes that are a Sockaddr
	AsText  // bytes that are a name
	AsOther // bytes that are neither, such as an option's value
	AsSpawnFlags
	AsWaitFlags
	AsStatus // how a child ended, see WaitStatus
)

// Param is one parameter of a host function.
type Param struct {
	Name string
	Kind Kind
	As   As
}

// Call numbers the host functions: the order of the table, which is part of
// the ABI (device requests carry it). New calls go at the end.
type Call uint32

// The calls a guest imports from Module.
const (
	Socket Call = iota
	SocketPair
	Bind
	Listen
	Accept
	Connect
	SendTo
	RecvFrom
	Shutdown
	GetSockOpt
	SetSockOpt
	GetSockName
	GetPeerName
	GetAddrInfo
	GetNameInfo
	GetHostName
	GetServByName
	GetServByPort
	SetNonblock
	Dup
	Pending
	Spawn
	WaitPID
	Kill
	SendMsg
	RecvMsg
	EpollCreate
	SignalFD
	numCalls
)

// Func is one host function.
type Func struct {
	Call   Call
	Name   string // as imported, and as its man page names the call
	Params []Param
	EAI    bool // the result is an EAI, not an Errno
	Doc    string
}

// Funcs is the table of every function of Module, indexed by Call. Each
// returns one i32: an Errno, or an EAI where the table says so. The caller
// must not change it.
//
// Bytes of In and Out must lie in the guest's memory: EFAULT otherwise,
// before anything has happened.
var Funcs = [numCalls]Func{
	Socket: {Name: "socket", Params: []Param{
		{"family", Int, AsFamily}, {"type", Int, AsType}, {"protocol", Int, AsProtocol}, {"fd", ResFD, Plain}},
		Doc: "Makes a socket. type may carry SOCK_NONBLOCK. socket(2)."},
	SocketPair: {Name: "socketpair", Params: []Param{
		{"family", Int, AsFamily}, {"type", Int, AsType}, {"protocol", Int, AsProtocol}, {"fd0", ResFD, Plain}, {"fd1", ResFD, Plain}},
		Doc: "Makes two connected AF_UNIX sockets. socketpair(2)."},
	Bind: {Name: "bind", Params: []Param{
		{"fd", FD, Plain}, {"addr", In, AsAddr}},
		Doc: "Gives a socket its own address. bind(2)."},
	Listen: {Name: "listen", Params: []Param{
		{"fd", FD, Plain}, {"backlog", Int, Plain}},
		Doc: "Makes a socket accept connections, backlog+1 of them waiting. listen(2)."},
	Accept: {Name: "accept", Params: []Param{
		{"fd", FD, Plain}, {"flags", Int, AsType}, {"addr", Out, AsAddr}, {"newfd", ResFD, Plain}},
		Doc: "Takes the next waiting connection, as a new socket. flags may be SOCK_NONBLOCK. May block. accept4(2)."},
	Connect: {Name: "connect", Params: []Param{
		{"fd", FD, Plain}, {"addr", In, AsAddr}},
		Doc: "Connects a stream, or sets a datagram socket's peer. May block. connect(2)."},
	SendTo: {Name: "sendto", Params: []Param{
		{"fd", FD, Plain}, {"buf", In, Plain}, {"flags", Int, AsMsgFlags}, {"addr", In, AsAddr}, {"n", Res, Plain}},
		Doc: "Sends bytes or a datagram; an empty addr means the connected peer. n may be less than was given. May block. sendto(2)."},
	RecvFrom: {Name: "recvfrom", Params: []Param{
		{"fd", FD, Plain}, {"buf", Out, Plain}, {"flags", Int, AsMsgFlags}, {"addr", Out, AsAddr}, {"outflags", Res, AsMsgFlags}},
		Doc: "Receives bytes or a datagram; 0 bytes of a stream are its end. outflags tells MSG_TRUNC. May block. recvfrom(2), recvmsg(2)."},
	Shutdown: {Name: "shutdown", Params: []Param{
		{"fd", FD, Plain}, {"how", Int, AsHow}},
		Doc: "Ends one direction of a connection, or both. shutdown(2)."},
	GetSockOpt: {Name: "getsockopt", Params: []Param{
		{"fd", FD, Plain}, {"level", Int, AsLevel}, {"name", Int, AsOption}, {"value", Out, AsOther}},
		Doc: "Reads an option; times are struct timeval with two 64-bit numbers. getsockopt(2), socket(7), tcp(7)."},
	SetSockOpt: {Name: "setsockopt", Params: []Param{
		{"fd", FD, Plain}, {"level", Int, AsLevel}, {"name", Int, AsOption}, {"value", In, AsOther}},
		Doc: "Sets an option. setsockopt(2), socket(7), tcp(7)."},
	GetSockName: {Name: "getsockname", Params: []Param{
		{"fd", FD, Plain}, {"addr", Out, AsAddr}},
		Doc: "Tells a socket's own address. getsockname(2)."},
	GetPeerName: {Name: "getpeername", Params: []Param{
		{"fd", FD, Plain}, {"addr", Out, AsAddr}},
		Doc: "Tells the address at the other end. getpeername(2)."},
	GetAddrInfo: {Name: "getaddrinfo", EAI: true, Params: []Param{
		{"node", In, AsText}, {"service", In, AsText}, {"family", Int, AsFamily}, {"type", Int, AsType},
		{"protocol", Int, AsProtocol}, {"flags", Int, AsAIFlags}, {"answers", Out, AsOther}},
		Doc: "Turns a name and a service into addresses, one record after another (AppendAddrInfo). An empty string is a missing one. getaddrinfo(3)."},
	GetNameInfo: {Name: "getnameinfo", EAI: true, Params: []Param{
		{"addr", In, AsAddr}, {"flags", Int, AsNIFlags}, {"node", Out, AsText}, {"service", Out, AsText}},
		Doc: "Turns an address into names. getnameinfo(3)."},
	GetHostName: {Name: "gethostname", Params: []Param{
		{"name", Out, AsText}},
		Doc: "Tells the sandbox's own host name. gethostname(2)."},
	GetServByName: {Name: "getservbyname", Params: []Param{
		{"name", In, AsText}, {"protocol", In, AsText}, {"port", Res, Plain}},
		Doc: "Finds a service's port; an empty protocol is any. ENOENT if there is none. getservbyname(3)."},
	GetServByPort: {Name: "getservbyport", Params: []Param{
		{"port", Int, Plain}, {"protocol", In, AsText}, {"name", Out, AsText}},
		Doc: "Finds a port's service; an empty protocol is any. ENOENT if there is none. getservbyport(3)."},
	SetNonblock: {Name: "setnonblock", Params: []Param{
		{"fd", FD, Plain}, {"on", Int, Plain}},
		Doc: "Sets or clears O_NONBLOCK, as WASI's fd_fdstat_set_flags does. fcntl(2)."},
	Dup: {Name: "dup", Params: []Param{
		{"fd", FD, Plain}, {"newfd", ResFD, Plain}},
		Doc: "Makes a second descriptor of the same open socket or file, which share its offset and flags. ENOTSUP for a mount. dup(2)."},
	Pending: {Name: "pending", Params: []Param{
		{"fd", FD, Plain}, {"n", Res, Plain}},
		Doc: "Tells how many bytes a read would find: FIONREAD. ioctl(2)."},
	Spawn: {Name: "spawn", Params: []Param{
		{"command", In, AsText}, {"dir", In, AsText}, {"flags", Int, AsSpawnFlags}, {"env", In, AsOther},
		{"stdin", ResFD, Plain}, {"stdout", ResFD, Plain}, {"stderr", ResFD, Plain}, {"pid", Res, Plain}},
		Doc: "Starts a shell that runs a command line in the folder dir (absolute; empty is /), with env: K=V and a zero each, or as the caller began if that is empty. " +
			"A stream that flags make a pipe gets a descriptor of the caller's, another -1. EAGAIN beyond 8 children at once; ENOEXEC if there is no shell. posix_spawn(3)."},
	WaitPID: {Name: "waitpid", Params: []Param{
		{"pid", Int, Plain}, {"options", Int, AsWaitFlags}, {"ended", Res, Plain}, {"status", Res, AsStatus}},
		Doc: "Waits until a child has ended, any if pid is -1, tells which and how, and forgets it. With WNOHANG, ended is 0 if none has. ECHILD if there is none. May block. waitpid(2)."},
	Kill: {Name: "kill", Params: []Param{
		{"pid", Int, Plain}, {"signal", Int, Plain}},
		Doc: "Ends a child, whatever the signal, which its status then tells; 0 only asks whether there is such a child. ESRCH if not. kill(2)."},
	SendMsg: {Name: "sendmsg", Params: []Param{
		{"fd", FD, Plain}, {"buf", In, Plain}, {"flags", Int, AsMsgFlags}, {"addr", In, AsAddr}, {"control", In, AsOther}, {"n", Res, Plain}},
		Doc: "Is sendto with control messages, laid out as 64-bit Linux has them (AppendControl). SCM_RIGHTS carries sockets. May block. sendmsg(2), unix(7), ip(7)."},
	RecvMsg: {Name: "recvmsg", Params: []Param{
		{"fd", FD, Plain}, {"buf", Out, Plain}, {"flags", Int, AsMsgFlags}, {"addr", Out, AsAddr}, {"control", Out, AsOther}, {"outflags", Res, AsMsgFlags}},
		Doc: "Is recvfrom with control messages, cut where there is no room, which outflags tells by MSG_CTRUNC. May block. recvmsg(2), unix(7), ip(7)."},
	EpollCreate: {Name: "epoll_create", Params: []Param{
		{"fd", ResFD, Plain}},
		Doc: "Makes a descriptor that cannot be read or written: the number of a C library's epoll instance, which waits by poll_oneoff. epoll_create(2)."},
	SignalFD: {Name: "signalfd", Params: []Param{
		{"signals", Int, Plain}, {"fd", ResFD, Plain}},
		Doc: "Says which signals the program hears of, bit n-1 for signal n, and gives the descriptor, the same in every call, from which each that comes is read as a byte. The others have their default effect again. signalfd(2)."},
}

func init() {
	for c := range Funcs {
		Funcs[c].Call = Call(c)
	}
}

// Words is the number of the function's wasm parameters, all of them i32.
func (f *Func) Words() int {
	n := 0
	for _, p := range f.Params {
		n += p.Kind.Words()
	}
	return n
}
