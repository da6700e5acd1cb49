package socktest

import (
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

// becomes waits for a TCP state.
func (t *T) becomes(s sock.Socket, state string) {
	t.Helper()
	require.Eventually(t, func() bool { return s.Info().State == state }, patience/2, time.Millisecond, state)
}

func infoCases() (cases []testCase) {
	cases = append(cases, each("a TCP socket's state, from the first to the last", func(t *T, f abi.Family) {
		l, addr := t.bound(f, stream)
		require.Equal(t, "CLOSE", l.Info().State)
		t.ok(l.Listen(1))
		require.Equal(t, "LISTEN", l.Info().State)
		client := t.dial(addr, stream)
		require.Equal(t, "ESTABLISHED", client.Info().State)
		server := t.accept(l)
		t.ok(client.Shutdown(abi.SHUT_WR))
		t.becomes(server, "CLOSE_WAIT")
		t.becomes(client, "FIN_WAIT2")
		t.ok(server.Shutdown(abi.SHUT_WR))
		t.becomes(server, "CLOSE")
	}, inet, inet6)...)
	return append(cases, []testCase{
		{"bytes that wait are counted at both ends", func(t *T) {
			client, server := t.pair(inet, stream)
			t.send(client, "12345")
			t.arrived(server, 5)
			require.Equal(t, 5, server.Info().In)
			t.fill(client)
			require.Positive(t, client.Info().Out)
		}},
		{"what is not TCP has no TCP state", func(t *T) {
			s, _ := t.bound(inet, dgram)
			require.Empty(t, s.Info().State)
			a, _ := t.pair(unix, stream)
			require.Empty(t, a.Info().State)
		}},
		{"a socket that is not connected yet is in state CLOSE", func(t *T) {
			require.Equal(t, "CLOSE", t.socket(inet, stream).Info().State)
		}},
		{"a connect that is under way is in state SYN_SENT", func(t *T) {
			s := t.socket(inet, stream)
			s.SetNonblock(true)
			t.is(abi.EINPROGRESS, s.Connect(t.ctx, t.busy(inet)))
			require.Equal(t, "SYN_SENT", s.Info().State)
		}},
	}...)
}

func nameCases() []testCase {
	tcpOnly := sock.Hints{Type: stream, Family: inet}
	return []testCase{
		{"localhost is 127.0.0.1", func(t *T) {
			got, err := t.Stack.GetAddrInfo(t.ctx, "localhost", "80", tcpOnly)
			require.Zero(t, err)
			require.Equal(t, []abi.AddrInfo{{Family: inet, Type: stream, Protocol: abi.IPPROTO_TCP, Addr: at("127.0.0.1:80")}}, got)
		}},
		{"the own host name resolves to what can be bound", func(t *T) {
			got, err := t.Stack.GetAddrInfo(t.ctx, t.Stack.Hostname(), "0", tcpOnly)
			require.Zero(t, err)
			t.ok(t.socket(inet, stream).Bind(got[0].Addr))
		}},
		{"every answer of localhost can be listened on", func(t *T) {
			got, err := t.Stack.GetAddrInfo(t.ctx, "localhost", "0", sock.Hints{Type: stream})
			require.Zero(t, err)
			for _, ai := range got {
				s, err := t.Stack.Socket(ai.Family, ai.Type, ai.Protocol)
				t.ok(err)
				t.ok(s.Bind(ai.Addr))
				t.ok(s.Listen(1))
				t.ok(s.Close())
			}
		}},
		{"a name of the world outside is EAI_NONAME", func(t *T) {
			_, err := t.Stack.GetAddrInfo(t.ctx, "example.com", "80", tcpOnly)
			require.Equal(t, abi.EAI_NONAME, err)
		}},
		{"a service by its name", func(t *T) {
			got, err := t.Stack.GetAddrInfo(t.ctx, "127.0.0.1", "http", tcpOnly)
			require.Zero(t, err)
			require.Equal(t, uint16(80), got[0].Addr.IP.Port())
			port, ok := t.Stack.ServiceByName("http", "tcp")
			require.True(t, ok)
			require.Equal(t, 80, port)
			name, ok := t.Stack.ServiceByPort(80, "tcp")
			require.True(t, ok)
			require.Equal(t, "http", name)
		}},
		{"an address and a port by their names", func(t *T) {
			node, service, err := t.Stack.GetNameInfo(t.ctx, at("127.0.0.1:80"), 0)
			require.Zero(t, err)
			require.Equal(t, "localhost", node)
			require.Equal(t, "http", service)
		}},
		{"an address and a port by their numbers", func(t *T) {
			node, service, err := t.Stack.GetNameInfo(t.ctx, at("127.0.0.1:80"), abi.NI_NUMERICHOST|abi.NI_NUMERICSERV)
			require.Zero(t, err)
			require.Equal(t, "127.0.0.1", node)
			require.Equal(t, "80", service)
		}},
	}
}
