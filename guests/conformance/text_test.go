package conformance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/trace"
)

// parse reads a trace; a line ends in @ and the socket's number if it has one.
func parse(t *testing.T, text string) (calls trace.Calls) {
	t.Helper()
	for line := range strings.Lines(strings.TrimSpace(text)) {
		line, onSocket := strings.CutSuffix(strings.TrimSpace(line), " @")
		e, err := trace.ParseText("0.100000 p[1] " + line)
		require.NoError(t, err, line)
		if onSocket {
			e.Call.Sock = 1
		}
		calls = append(calls, trace.Entry{Call: e.Call, Kind: e.Kind})
	}
	return calls
}

func TestATextKeepsWhatAProgramDidAndNothingElse(t *testing.T) {
	require.Equal(t, strings.TrimLeft(`
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = s1
bind(s1, 127.0.0.1:0) = 0
getsockname(s1, 127.0.0.1:port1) = 0
connect(s1, 127.0.0.1:80) = -1 ECONNREFUSED (connection refused)
close(s1) = 0
close(9) = -1 EBADF (bad file descriptor)
socketpair(AF_UNIX, SOCK_STREAM, IPPROTO_IP, [s2, s3]) = 0
poll({s2:POLLIN s3:}, 50) = 1
sendto(s2, "1:", 2, 0) = 2 [0,2)
sendto(s2, "write", 5, 0) = 5 [2,7)
recvfrom(s3, …, 1, 0) = -1 EAGAIN (resource temporarily unavailable)
connect(s3, 127.0.0.1:port1) = 0
accept(s3, [::1]:port2) = s4
recvfrom(s4, …, 10, 0) waiting
close(s4) = 0
accept(s3, [::1]:port3) = s5
getsockname(s5, [::1]:port3) = 0
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = s6
getsockname(s6, 127.0.0.1:port4) = 0
`, "\n"), Text(parse(t, `
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 14 <0.000032>
bind(14, 127.0.0.1:0) = 0 <0.000014> CLOSE @
getsockname(14, 127.0.0.1:40000) = 0 <0.000004> LISTEN @
connect(14, 127.0.0.1:80) = -1 ECONNREFUSED (connection refused) <0.000001> CLOSE # nobody listens @
write(1, "hello\n", 6) = 6 <0.000003>
close(14) = 0 <0.000003> @
close(9) = -1 EBADF (bad file descriptor) <0.000003>
socketpair(AF_UNIX, SOCK_STREAM, IPPROTO_IP, [14, 4]) = 14 <0.000003>
poll({14:POLLIN 4:}, 50) = 1 <0.040000> waited 0.040000
send(14, "1:", 2) = 2 <0.000001> [0,2) queued 3 @
sendto(14, "write", 5, 0) = 5 <0.000001> [2,7) @
recvfrom(4, …, 1, 0) = -1 EAGAIN (resource temporarily unavailable) <0.000001> @
connect(4, 127.0.0.1:40000) = 0 <0.000001> @
accept(4, [::1]:40002) = 5 <0.000001> LISTEN @
recvfrom(5, …, 10, 0) waiting @
close(5) = 0 <0.000001> @
accept(4, [::1]:40002) = 5 <0.000001> LISTEN @
getsockname(5, [::1]:40002) = 0 <0.000001> @
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 6 <0.000001>
getsockname(6, 127.0.0.1:40000) = 0 <0.000001> @
`)))
}
