import array, errno, os, socket, struct, tempfile

def shown(ancdata):
    return [(l, t, d if t != socket.SCM_RIGHTS else len(d) // 4) for l, t, d in ancdata]

# Sockets.
a, b = socket.socketpair()
l = socket.create_server(('127.0.0.1', 0))
c = socket.create_connection(l.getsockname())
s, _ = l.accept()
print(socket.send_fds(a, [b'one ', b'message'], [s.fileno(), l.fileno()]))
s.close(); l.close()
data, fds, flags, address = socket.recv_fds(b, 100, 5)
print(data, len(fds), flags & socket.MSG_CTRUNC, address)
s, l = (socket.socket(fileno=fd) for fd in fds)
print(s.family, s.type, s.gettimeout(), l.getsockname() == c.getpeername())
c.sendall(b'hello'); print(s.recv(10))
d = socket.create_connection(l.getsockname()); e, _ = l.accept()
d.close(); print(e.recv(10))

# A pipe.
r, w = os.pipe()
print(socket.send_fds(a, [b'x'], [r]))
_, (r2,), _, _ = socket.recv_fds(b, 1, 1)
os.write(w, b'through a pipe'); print(os.read(r2, 100))
for fd in r, w, r2: os.close(fd)

# Room.
for room in 0, 1, socket.CMSG_LEN(0), socket.CMSG_LEN(4) - 1, socket.CMSG_LEN(4), socket.CMSG_SPACE(8):
    a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [c.fileno()] * 3))])
    data, ancdata, flags, _ = b.recvmsg(10, room)
    print(room, data, shown(ancdata), bool(flags & socket.MSG_CTRUNC))
    for _, _, fds in ancdata:
        for i in range(0, len(fds) & ~3, 4): os.close(*struct.unpack('i', fds[i:i + 4]))
print([socket.CMSG_LEN(n) for n in range(9)], [socket.CMSG_SPACE(n) for n in range(9)])

# Wrong ones.
def t(*args):
    try: print(a.sendmsg(*args))
    except OSError as e: print(errno.errorcode[e.errno])
    except (TypeError, ValueError, OverflowError) as e: print(type(e).__name__)
t([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack('i', 999))])
t([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack('i', -1))])
t([b'x'], [(1, 2)]); t([b'x'], [1]); t([b'x'], 1); t([b'x'], [(1, 1, 'text')])
t([b'x'], []); print(b.recvmsg(10, 100))
t([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, b'')]); print(b.recvmsg(10, 100))

# What comes with a datagram.
for family, host, wants, sends in (
        (socket.AF_INET, '127.0.0.1', [(0, 13), (0, 12), (0, 8)],
         [(0, socket.IP_TTL, struct.pack('i', 7)), (0, socket.IP_TOS, struct.pack('i', 16))]),
        (socket.AF_INET6, '::1', [(41, socket.IPV6_RECVHOPLIMIT), (41, socket.IPV6_RECVTCLASS), (41, socket.IPV6_RECVPKTINFO)],
         [(41, socket.IPV6_HOPLIMIT, struct.pack('i', 7)), (41, socket.IPV6_TCLASS, struct.pack('i', 16))])):
    x, y = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
    x.bind((host, 0))
    for level, option in wants:
        x.setsockopt(level, option, 1)
        print(x.getsockopt(level, option))
    print(y.sendmsg([b'hi'], sends, 0, x.getsockname()))
    data, ancdata, flags, address = x.recvmsg(10, 200)
    print(data, sorted(ancdata), flags, address == y.getsockname() or address[1] == y.getsockname()[1])
    y.sendto(b'hi', x.getsockname())
    buf = bytearray(10)
    n, ancdata, flags, _ = x.recvmsg_into([buf], socket.CMSG_LEN(4) - 1)
    print(n, buf[:n], len(ancdata), bool(flags & socket.MSG_CTRUNC))
    x.close(); y.close()
