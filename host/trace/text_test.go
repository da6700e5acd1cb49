package trace

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

var epoch = time.Unix(0, 0)

func at(d time.Duration) time.Time { return epoch.Add(d).UTC() }

func recvCall(data string) Call {
	return Call{
		Seq: 7, Guest: "upper", Name: "recvfrom", FD: 5, Queued: -1,
		Args: []Arg{
			{Name: "fd", Kind: abi.FD, Int: 5}, {Name: "buf", Kind: abi.Out, Int: 1024},
			{Name: "flags", Kind: abi.Int, As: abi.AsMsgFlags},
			{Name: "addr", Kind: abi.Out, As: abi.AsAddr}, {Name: "outflags", Kind: abi.Res, As: abi.AsMsgFlags},
		},
		Ret: int64(len(data)), Data: []byte(data), Start: at(12345 * time.Microsecond), Took: 123 * time.Microsecond,
	}
}

func TestTextOfAllShapesRoundTrips(t *testing.T) {
	recv := recvCall("hello")
	recv.To, recv.State = 5, "ESTABLISHED"
	peek := recvCall("hello")
	peek.Args[2].Int = int64(abi.MSG_PEEK | abi.MSG_DONTWAIT)
	again := recvCall("")
	again.Ret, again.Err = -1, abi.EAGAIN
	dgram := recvCall("0123")
	dgram.Args[3].Str, dgram.Args[4].Int = "127.0.0.1:5353", int64(abi.MSG_TRUNC)
	capped := recvCall("he")
	capped.To, capped.State, capped.Queued, capped.Injected, capped.Blocked = 2, "ESTABLISHED", 3, "cap(2)", 100*time.Microsecond
	waiting := recvCall("")
	long := recvCall(strings.Repeat("套接字", 20))
	binaryData := recvCall("\x00\x1b[31m\"\\\n\xff")

	send := Call{Seq: 8, Guest: "upper", Name: "sendto", FD: 5, Ret: 2, Data: []byte("he"), Queued: -1, Start: at(0),
		Args: []Arg{{Name: "buf", Kind: abi.In, Int: 5}, {Name: "flags", As: abi.AsMsgFlags, Kind: abi.Int}, {Name: "addr", As: abi.AsAddr, Kind: abi.In}}}
	sock := Call{Seq: 1, Guest: "upper", Name: "socket", FD: -1, Ret: 3, Queued: -1, Start: at(time.Second),
		Args: []Arg{{Name: "family", Kind: abi.Int, As: abi.AsFamily, Int: 2},
			{Name: "type", Kind: abi.Int, As: abi.AsType, Int: int64(abi.SOCK_STREAM | abi.SOCK_NONBLOCK)},
			{Name: "protocol", Kind: abi.Int, As: abi.AsProtocol, Int: 6}}}
	accept := Call{Seq: 4, Guest: "upper", Name: "accept", FD: 3, Ret: 4, Queued: -1, Start: at(time.Second),
		Args: []Arg{{Name: "flags", Kind: abi.Int, As: abi.AsType}, {Name: "addr", Kind: abi.Out, As: abi.AsAddr, Str: "[::1]:40000"}, {Name: "newfd", Kind: abi.ResFD, Int: 4}}}
	refused := Call{Seq: 3, Guest: "talk", Name: "connect", FD: 5, Ret: -1, Err: abi.ECONNREFUSED, Queued: -1, Start: at(time.Second),
		Args: []Arg{{Name: "addr", Kind: abi.In, As: abi.AsAddr, Str: "127.0.0.1:9000"}}, Note: "port 9000 was bound by server.py\nbut it never called listen"}
	option := Call{Seq: 2, Guest: "upper", Name: "setsockopt", FD: 3, Queued: -1, Start: at(time.Second),
		Args: []Arg{{Name: "level", Kind: abi.Int, As: abi.AsLevel, Int: 1}, {Name: "name", Kind: abi.Int, As: abi.AsOption, Int: abi.SO_REUSEADDR},
			{Name: "value", Kind: abi.In, As: abi.AsOther, Raw: binary.LittleEndian.AppendUint32(nil, 1)}}}
	name := Call{Seq: 2, Guest: "resolve", Name: "getaddrinfo", FD: -1, Ret: -1, EAI: abi.EAI_NONAME, Queued: -1, Start: at(time.Second),
		Args: []Arg{{Name: "node", Kind: abi.In, As: abi.AsText, Str: "nosuch.lab"}, {Name: "service", Kind: abi.In, As: abi.AsText, Str: "http"},
			{Name: "family", Kind: abi.Int, As: abi.AsFamily}, {Name: "type", Kind: abi.Int, As: abi.AsType, Int: 1},
			{Name: "protocol", Kind: abi.Int, As: abi.AsProtocol}, {Name: "flags", Kind: abi.Int, As: abi.AsAIFlags, Int: abi.AI_PASSIVE},
			{Name: "answers", Kind: abi.Out, As: abi.AsOther, Int: 512}}}
	pair := Call{Seq: 2, Guest: "pump", Name: "socketpair", FD: -1, Queued: -1, Start: at(time.Second),
		Args: []Arg{{Name: "family", Kind: abi.Int, As: abi.AsFamily, Int: 1}, {Name: "type", Kind: abi.Int, As: abi.AsType, Int: 1},
			{Name: "protocol", Kind: abi.Int, As: abi.AsProtocol}, {Name: "fd0", Kind: abi.ResFD, Int: 3}, {Name: "fd1", Kind: abi.ResFD, Int: 4}}}
	unix := Call{Seq: 9, Guest: "u srv", Name: "bind", FD: 3, Queued: -1, Start: at(time.Second),
		Args: []Arg{{Name: "addr", Kind: abi.In, As: abi.AsAddr, Str: "/tmp/a b.sock"}}}
	shut := Call{Seq: 9, Guest: "wcc", Name: "shutdown", FD: 3, Queued: -1, Start: at(time.Second), State: "FIN_WAIT_1",
		Args: []Arg{{Name: "how", Kind: abi.Int, As: abi.AsHow, Int: 1}}}
	poll := Call{Seq: 9, Guest: "wcc", Name: "poll", FD: -1, Ret: 1, Queued: -1, Start: at(time.Second),
		Args: []Arg{{Name: "poll", Kind: abi.FD, Int: 3, Str: "POLLIN"}, {Name: "poll", Kind: abi.FD, Int: 5, Str: "POLLIN|POLLHUP"},
			{Name: "count", Kind: abi.Int, Int: 40}, {Name: "timeout_ms", Kind: abi.Int, Int: -1}}}

	spawn := Call{Seq: 5, Guest: "ssh", Name: "spawn", FD: -1, Ret: 1, Queued: -1, Start: at(time.Second),
		Args: []Arg{{Name: "command", Kind: abi.In, As: abi.AsText, Str: "ls \"*.txt\" | wc"}, {Name: "dir", Kind: abi.In, As: abi.AsText, Str: "/"},
			{Name: "flags", Kind: abi.Int, As: abi.AsSpawnFlags, Int: int64(abi.SPAWN_PIPE_STDOUT | abi.SPAWN_STDERR_TO_STDOUT)},
			{Name: "stdout", Kind: abi.ResFD, Int: 5}, {Name: "pid", Kind: abi.Res, Int: 1}}}
	ended := func(options int64, status abi.WaitStatus) Call {
		return Call{Seq: 6, Guest: "ssh", Name: "waitpid", FD: -1, Ret: 1, Queued: -1, Start: at(time.Second),
			Args: []Arg{{Name: "pid", Kind: abi.Int, Int: 1}, {Name: "options", Kind: abi.Int, As: abi.AsWaitFlags, Int: options},
				{Name: "ended", Kind: abi.Res, Int: 1}, {Name: "status", Kind: abi.Res, As: abi.AsStatus, Int: int64(status)}}}
	}

	for _, c := range []struct {
		kind Kind
		call Call
		want string
	}{
		{Exit, spawn, `1.000000 ssh[5] spawn("ls \"*.txt\" | wc", "/", SPAWN_PIPE_STDOUT|SPAWN_STDERR_TO_STDOUT) = 1 <0.000000>`},
		{Exit, ended(0, abi.ExitedStatus(3)), `1.000000 ssh[6] waitpid(1, 0, exit:3) = 1 <0.000000>`},
		{Exit, ended(abi.WNOHANG, abi.ExitedStatus(0)), `1.000000 ssh[6] waitpid(1, WNOHANG, exit:0) = 1 <0.000000>`},
		{Exit, ended(0, abi.SignaledStatus(9)), `1.000000 ssh[6] waitpid(1, 0, signal:9) = 1 <0.000000>`},
		{Exit, recv, `0.012345 upper[7] recvfrom(5, "hello", 1024, 0) = 5 <0.000123> [0,5) ESTABLISHED`},
		{Exit, peek, `0.012345 upper[7] recvfrom(5, "hello", 1024, MSG_PEEK|MSG_DONTWAIT) = 5 <0.000123>`},
		{Exit, again, `0.012345 upper[7] recvfrom(5, …, 1024, 0) = -1 EAGAIN (resource temporarily unavailable) <0.000123>`},
		{Exit, dgram, `0.012345 upper[7] recvfrom(5, "0123", 1024, 0, 127.0.0.1:5353, MSG_TRUNC) = 4 <0.000123>`},
		{Exit, capped, `0.012345 upper[7] recvfrom(5, "he", 1024, 0) = 2 <0.000123> waited 0.000100 [0,2) ESTABLISHED queued 3 injected:cap(2)`},
		{Enter, waiting, `0.012345 upper[7] recvfrom(5, …, 1024, 0) waiting`},
		{Abort, waiting, `0.012345 upper[7] recvfrom(5, …, 1024, 0) = ? <0.000123>`},
		{Exit, long, `0.012345 upper[7] recvfrom(5, "套接字套接字套接字套"…, 1024, 0) = 180 <0.000123>`},
		{Exit, binaryData, `0.012345 upper[7] recvfrom(5, "\x00\x1b[31m\"\\\n\xff", 1024, 0) = 10 <0.000123>`},
		{Exit, send, `0.000000 upper[8] sendto(5, "he", 5, 0) = 2 <0.000000>`},
		{Exit, sock, `1.000000 upper[1] socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3 <0.000000>`},
		{Exit, accept, `1.000000 upper[4] accept(3, [::1]:40000) = 4 <0.000000>`},
		{Exit, refused, `1.000000 talk[3] connect(5, 127.0.0.1:9000) = -1 ECONNREFUSED (connection refused) <0.000000> # port 9000 was bound by server.py\nbut it never called listen`},
		{Exit, option, `1.000000 upper[2] setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1]) = 0 <0.000000>`},
		{Exit, name, `1.000000 resolve[2] getaddrinfo("nosuch.lab", "http", AF_UNSPEC, SOCK_STREAM, IPPROTO_IP, AI_PASSIVE, …) = -1 EAI_NONAME (Name or service not known) <0.000000>`},
		{Exit, pair, `1.000000 pump[2] socketpair(AF_UNIX, SOCK_STREAM, IPPROTO_IP, [3, 4]) = 0 <0.000000>`},
		{Exit, unix, `1.000000 u%20srv[9] bind(3, "/tmp/a b.sock") = 0 <0.000000>`},
		{Exit, shut, `1.000000 wcc[9] shutdown(3, SHUT_WR) = 0 <0.000000> FIN_WAIT_1`},
		{Exit, poll, `1.000000 wcc[9] poll({3:POLLIN 5:POLLIN|POLLHUP …}, -1) = 1 <0.000000>`},
	} {
		line := Event{c.kind, c.call}.Text(epoch)
		require.Equal(t, c.want, line)
		back, err := ParseText(line)
		require.NoError(t, err, line)
		require.Equal(t, line, back.Text(epoch))
		require.Equal(t, c.kind, back.Kind)
		for _, same := range []func(*Call) any{
			func(c *Call) any { return c.Guest }, func(c *Call) any { return c.FD }, func(c *Call) any { return c.Err },
			func(c *Call) any { return c.EAI }, func(c *Call) any { return c.To }, func(c *Call) any { return c.Injected },
			func(c *Call) any { return c.Note }, func(c *Call) any { return c.Start }, func(c *Call) any { return c.State },
		} {
			require.Equal(t, same(&c.call), same(&back.Call), line)
		}
	}
}

func TestParsedArgumentsHaveTheirNames(t *testing.T) {
	e, err := ParseText(`0.000000 s[1] bind(3, 0.0.0.0:9000) = 0`)
	require.NoError(t, err)
	addr, ok := e.Call.Arg("addr")
	require.True(t, ok)
	require.Equal(t, "0.0.0.0:9000", addr.Str)

	e, err = ParseText(`0.000000 s[1] sendto(3, "abc"…, 4096, MSG_DONTWAIT, 127.0.0.1:9000) = 4096`)
	require.NoError(t, err)
	require.Equal(t, abi.MSG_DONTWAIT, e.Call.Flags())
	require.Equal(t, int64(4096), e.Call.Asked())
	require.Equal(t, "abc", string(e.Call.Data))
	addr, _ = e.Call.Arg("addr")
	require.Equal(t, "127.0.0.1:9000", addr.Str)
}

func TestParseRefusesWithTheColumn(t *testing.T) {
	for line, want := range map[string]string{
		``:                                   "column 1",
		`12 s[1] f() = 0`:                    "seconds",
		`0.000000 s f() = 0`:                 `expected "["`,
		`0.000000 s[1] f(`:                   "expected",
		`0.000000 s[1] f("a) = 0`:            "closing quote",
		`0.000000 s[1] f() = x`:              "expected a number",
		`0.000000 s[1] f() = -1 EBOGUS`:      "name of an error",
		`0.000000 s[1] f() = 0 <0.000000> "`: "written %XX",
		`0.000000 s[1] f() = 0 <0.1>`:        "seconds",
		`0.000000 s[1] f("\q") = 0`:          "escape",
		strings.Repeat("x", maxLine+1):       "too long",
	} {
		_, err := ParseText(line)
		require.ErrorContains(t, err, want, line)
	}
}

func FuzzParseText(f *testing.F) {
	for _, line := range []string{
		`0.012345 upper[7] recv(5, "hello"…, 1024, 0) = 5 <0.000123> [0,5) ESTABLISHED`,
		`1.000000 a[1] setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1]) = 0 <0.000000> queued 5 injected:cap(2) # why`,
		`1.000000 a[1] socketpair(AF_UNIX, SOCK_STREAM, IPPROTO_IP, [3, 4]) = 0`,
		`1.000000 a[1] accept(3, [::1]:40000) = 4`,
		`1.000000 a[1] bind(3, …) = 0`,
		`1.000000 a[1] bind(3, "80"…) = 0`,
		`1.000000 a[1] bind(3, [3, 4]) = 0`,
		`1.000000 a%20b[1] f(MSG_PEEK|64, …, -1) waiting`,
		`1.000000 a[1] getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED]) = 0 <0.000000>`,
		`1.000000 a[1] setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=-1, tv_usec=50000}) = 0 <0.000000>`,
		`1.000000 a[1] setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=-2}) = 0 <0.000000>`,
		`1.000000 a[1] getaddrinfo("x", "http", 0, 0, 0, 0, [127.0.0.1:80 SOCK_STREAM IPPROTO_TCP ai_canonname="], \"", [fe80::1%2]:80 SOCK_RAW|SOCK_NONBLOCK 7, …]) = 0 <0.000000>`,
		`1.000000 a[1] getaddrinfo("x", "", 0, 0, 0, 0, "\x02\x00\x00\x00\x01\x00\x00\x00\x06\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00P\x7f\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00") = 0 <0.000000>`,
		`1.000000 a[1] getaddrinfo("x", "", 0, 0, 0, 0, "") = -1 EAI_NONAME (Name or service not known) <0.000000>`,
	} {
		f.Add(line)
	}
	f.Add(`1.000000 wcc[9] poll({3:POLLIN 5:POLLIN|POLLHUP …}, -1) = 1 <0.000000>`)
	f.Fuzz(func(t *testing.T, line string) {
		e, err := ParseText(line)
		if err != nil {
			return
		}
		once := e.Text(epoch)
		again, err := ParseText(once)
		if err != nil {
			t.Fatalf("%q was read and printed as %q, which is refused: %v", line, once, err)
		}
		if twice := again.Text(epoch); twice != once {
			t.Fatalf("%q prints as %q, then as %q", line, once, twice)
		}
		b, err := e.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var back Event
		if err := back.UnmarshalJSON(b); err != nil {
			t.Fatal(err)
		}
		if s := back.Text(epoch); s != once {
			t.Fatalf("JSON makes %q of %q", s, once)
		}
	})
}

func TestHarmlessTextCommandsNoTerminal(t *testing.T) {
	require.Equal(t, "a·[31m·b·\n\tc·d·é", Harmless("a\x1b[31m\u009bb\r\n\tc\u202ed\u2028é"))
}
