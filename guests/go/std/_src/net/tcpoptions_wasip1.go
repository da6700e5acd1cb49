package net

import (
	"internal/poll"
	"runtime"
	"syscall"
	"time"
)

// usualOptions are those that package net sets on every TCP connection whose
// program has not said otherwise, in its order.
var usualOptions = []poll.Option{
	{Level: syscall.IPPROTO_TCP, Name: syscall.TCP_NODELAY, Value: 1},
	{Level: syscall.SOL_SOCKET, Name: syscall.SO_KEEPALIVE, Value: 1},
	{Level: syscall.IPPROTO_TCP, Name: syscall.TCP_KEEPIDLE, Value: int(defaultTCPKeepAliveIdle / time.Second)},
	{Level: syscall.IPPROTO_TCP, Name: syscall.TCP_KEEPINTVL, Value: int(defaultTCPKeepAliveInterval / time.Second)},
	{Level: syscall.IPPROTO_TCP, Name: syscall.TCP_KEEPCNT, Value: defaultTCPKeepAliveCount},
}

// newUsualTCPConn is newTCPConn where nothing is said about keep-alive.
func newUsualTCPConn(fd *netFD, preKeepAliveHook func(*netFD), keepAliveHook func(KeepAliveConfig)) *TCPConn {
	if preKeepAliveHook != nil {
		preKeepAliveHook(fd)
	}
	fd.pfd.SetOptions(usualOptions)
	runtime.KeepAlive(fd)
	if keepAliveHook != nil {
		keepAliveHook(KeepAliveConfig{Enable: true})
	}
	return &TCPConn{conn{fd}}
}
