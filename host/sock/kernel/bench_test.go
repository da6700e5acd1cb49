package kernel

import (
	"context"
	"io"
	"net"
	"testing"

	"socklab/host/abi"
	"socklab/host/sock"
)

func set1(t testing.TB, s sock.Socket, o abi.Option) {
	check(t, s.SetOption(o, []byte{1, 0, 0, 0}))
}

func BenchmarkPingPong(b *testing.B) {
	b.Run("kernel", func(b *testing.B) { pingPongKernel(b, context.Background()) })
	b.Run("cancellable", func(b *testing.B) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		pingPongKernel(b, ctx)
	})
	b.Run("net", pingPongNet)
}

func pingPongKernel(b *testing.B, ctx context.Context) {
	client, server := pair(b)
	nodelay := abi.Option{Level: abi.Level(abi.IPPROTO_TCP), Num: abi.TCP_NODELAY}
	set1(b, client, nodelay)
	set1(b, server, nodelay)
	go func() {
		buf := make([]byte, 64)
		for {
			n, _, _, err := server.Recv(ctx, buf, abi.MSG_WAITALL)
			if err != 0 || n == 0 {
				return
			}
			server.Send(ctx, buf[:n], 0, abi.Sockaddr{})
		}
	}()
	buf := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		client.Send(ctx, buf, 0, abi.Sockaddr{})
		if n, _, _, err := client.Recv(ctx, buf, 0); err != 0 || n != 64 {
			b.Fatal(n, err.Name())
		}
	}
}

func pingPongNet(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		buf := make([]byte, 64)
		for {
			if _, err := io.ReadFull(c, buf); err != nil {
				c.Close()
				return
			}
			c.Write(buf)
		}
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	buf := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		c.Write(buf)
		if _, err := c.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
}
