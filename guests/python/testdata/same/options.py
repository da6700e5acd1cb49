import socket
import struct

s = socket.socket()
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR), s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE))
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, True)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, b'\1\0\0\0')
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR), s.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 4),
      s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 5))
print(struct.unpack('ii', s.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.calcsize('ii'))))
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', 3, 500000))
print(struct.unpack('ll', s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.calcsize('ll'))))
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
six = socket.socket(socket.AF_INET6)
six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
print(six.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
six.bind(('::', 0))
six.listen()
c = socket.create_connection(('127.0.0.1', six.getsockname()[1]))
print(six.accept()[1][0], c.getpeername()[0])
print(socket.has_dualstack_ipv6(), socket.has_ipv6)
for make in (lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_UDP),
             lambda: socket.socket(77), lambda: s.getsockopt(socket.SOL_SOCKET, 9999),
             lambda: s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 1), lambda: s.setsockopt(socket.SOL_SOCKET, socket.SO_TYPE, 1)):
    try:
        print(make())
    except OSError as e:
        print(type(e).__name__, e.strerror)
print(repr(socket.AF_INET), repr(socket.SOCK_DGRAM), repr(socket.MSG_PEEK), repr(socket.AI_PASSIVE), socket.SOCK_STREAM | 0)
print(socket.AF_UNIX, socket.SOL_SOCKET, socket.SO_REUSEADDR, socket.IPPROTO_TCP, socket.SHUT_RDWR, socket.SOMAXCONN)
print(socket.INADDR_ANY, socket.INADDR_LOOPBACK, socket.SO_RCVBUF, socket.MSG_DONTWAIT, socket.NI_MAXHOST)
