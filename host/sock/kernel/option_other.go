//go:build !linux

package kernel

import (
	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// options are those that this system has too, by its numbers. Their values
// have Linux's layouts.
var options = map[abi.Option]struct{ level, num int }{
	{Level: abi.SOL_SOCKET, Num: abi.SO_REUSEADDR}:  {unix.SOL_SOCKET, unix.SO_REUSEADDR},
	{Level: abi.SOL_SOCKET, Num: abi.SO_REUSEPORT}:  {unix.SOL_SOCKET, unix.SO_REUSEPORT},
	{Level: abi.SOL_SOCKET, Num: abi.SO_ERROR}:      {unix.SOL_SOCKET, unix.SO_ERROR},
	{Level: abi.SOL_SOCKET, Num: abi.SO_DONTROUTE}:  {unix.SOL_SOCKET, unix.SO_DONTROUTE},
	{Level: abi.SOL_SOCKET, Num: abi.SO_BROADCAST}:  {unix.SOL_SOCKET, unix.SO_BROADCAST},
	{Level: abi.SOL_SOCKET, Num: abi.SO_SNDBUF}:     {unix.SOL_SOCKET, unix.SO_SNDBUF},
	{Level: abi.SOL_SOCKET, Num: abi.SO_RCVBUF}:     {unix.SOL_SOCKET, unix.SO_RCVBUF},
	{Level: abi.SOL_SOCKET, Num: abi.SO_KEEPALIVE}:  {unix.SOL_SOCKET, unix.SO_KEEPALIVE},
	{Level: abi.SOL_SOCKET, Num: abi.SO_OOBINLINE}:  {unix.SOL_SOCKET, unix.SO_OOBINLINE},
	{Level: abi.SOL_SOCKET, Num: abi.SO_LINGER}:     {unix.SOL_SOCKET, unix.SO_LINGER_SEC},
	{Level: abi.SOL_SOCKET, Num: abi.SO_RCVLOWAT}:   {unix.SOL_SOCKET, unix.SO_RCVLOWAT},
	{Level: abi.SOL_SOCKET, Num: abi.SO_SNDLOWAT}:   {unix.SOL_SOCKET, unix.SO_SNDLOWAT},
	{Level: abi.SOL_SOCKET, Num: abi.SO_ACCEPTCONN}: {unix.SOL_SOCKET, unix.SO_ACCEPTCONN},

	{Level: abi.Level(abi.IPPROTO_IP), Num: abi.IP_TOS}:            {unix.IPPROTO_IP, unix.IP_TOS},
	{Level: abi.Level(abi.IPPROTO_IP), Num: abi.IP_TTL}:            {unix.IPPROTO_IP, unix.IP_TTL},
	{Level: abi.Level(abi.IPPROTO_IP), Num: abi.IP_MULTICAST_TTL}:  {unix.IPPROTO_IP, unix.IP_MULTICAST_TTL},
	{Level: abi.Level(abi.IPPROTO_IP), Num: abi.IP_MULTICAST_LOOP}: {unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP},

	{Level: abi.Level(abi.IPPROTO_IPV6), Num: abi.IPV6_UNICAST_HOPS}:  {unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS},
	{Level: abi.Level(abi.IPPROTO_IPV6), Num: abi.IPV6_MULTICAST_HOP}: {unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS},
	{Level: abi.Level(abi.IPPROTO_IPV6), Num: abi.IPV6_V6ONLY}:        {unix.IPPROTO_IPV6, unix.IPV6_V6ONLY},
	{Level: abi.Level(abi.IPPROTO_IPV6), Num: abi.IPV6_TCLASS}:        {unix.IPPROTO_IPV6, unix.IPV6_TCLASS},

	{Level: abi.Level(abi.IPPROTO_TCP), Num: abi.TCP_NODELAY}:   {unix.IPPROTO_TCP, unix.TCP_NODELAY},
	{Level: abi.Level(abi.IPPROTO_TCP), Num: abi.TCP_MAXSEG}:    {unix.IPPROTO_TCP, unix.TCP_MAXSEG},
	{Level: abi.Level(abi.IPPROTO_TCP), Num: abi.TCP_CORK}:      {unix.IPPROTO_TCP, unix.TCP_NOPUSH},
	{Level: abi.Level(abi.IPPROTO_TCP), Num: abi.TCP_KEEPIDLE}:  {unix.IPPROTO_TCP, unix.TCP_KEEPALIVE},
	{Level: abi.Level(abi.IPPROTO_TCP), Num: abi.TCP_KEEPINTVL}: {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL},
	{Level: abi.Level(abi.IPPROTO_TCP), Num: abi.TCP_KEEPCNT}:   {unix.IPPROTO_TCP, unix.TCP_KEEPCNT},
	{Level: abi.Level(abi.IPPROTO_TCP), Num: abi.TCP_FASTOPEN}:  {unix.IPPROTO_TCP, unix.TCP_FASTOPEN},
}

func sysGetOption(fd int, opt abi.Option, value []byte) (int, unix.Errno) {
	o, ok := options[opt]
	if !ok {
		return 0, unix.ENOPROTOOPT
	}
	return getsockopt(fd, o.level, o.num, value)
}

func sysSetOption(fd int, opt abi.Option, value []byte) unix.Errno {
	o, ok := options[opt]
	if !ok || opt == optError {
		return unix.ENOPROTOOPT
	}
	return setsockopt(fd, o.level, o.num, value)
}
