# Addresses with a scope, control messages, and descriptors of the wrong kind.
import errno
import fcntl
import os
import socket


def t(f, *args, **options):
    try:
        print(f(*args, **options))
    except OSError as e:
        print(type(e).__name__, errno.errorcode.get(e.errno, e.errno), '' if e.errno else e)
    except Exception as e:
        print(type(e).__name__)


for text in '0x20::', '::0X1', '+1::', '1_0::', ' 1::', '::a b', '٣::':
    t(socket.inet_pton, socket.AF_INET6, text)
for n in 0, 1, 257, 0x7FFFFFFF - 24, 0x7FFFFFFF - 23, 0x7FFFFFFF - 16, 0x7FFFFFFF - 15, 0x7FFFFFFF, -1:
    t(socket.CMSG_LEN, n)
    t(socket.CMSG_SPACE, n)
numeric = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
for sockaddr in (('ff02::1de:c0:face:8D', 1234, 0, 1), ('fe80::1', 1, 0, 1), ('fe80::1', 1, 5), ('::1', 1, 0xFFFFF, 0), ('::1', 1, 0x100000),
                 ('::1', 1, -1), ('::1', 1, 'x')):
    t(socket.getnameinfo, sockaddr, numeric)
for host in 'ff02::1de:c0:face:8D%lo', 'fe80::1%1', 'fe80::1%nosuchlink', 'fe80::1%', 'fe80::1%77':
    t(socket.getaddrinfo, host, 1234, socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
with open('file', 'w') as f:
    t(socket.socket, fileno=f.fileno())
    t(socket.socket, socket.AF_INET, socket.SOCK_STREAM, fileno=f.fileno())
os.unlink('file')
t(socket.socket, fileno=99999)
t(socket.socket, fileno=-1)
a, b = socket.socketpair()
for ancdata in ([object()], [(object(), 0, b'data')], [(0, object(), b'data')], [(0, 0, object())], [(0, 0)], [(0, 0, b'data', 1)], [0, 0, b''],
                [(0, 0, b''), object()], 1):
    t(a.sendmsg, [b'x'], ancdata)
b.setblocking(False)
t(b.recv, 1)
print(a.get_inheritable(), fcntl.fcntl(a, fcntl.F_GETFD) & fcntl.FD_CLOEXEC)
a.set_inheritable(True)
print(a.get_inheritable(), os.get_inheritable(a.fileno()), fcntl.fcntl(a, fcntl.F_GETFD) & fcntl.FD_CLOEXEC)
fcntl.fcntl(a, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
print(a.get_inheritable(), a.dup().get_inheritable())
os.set_inheritable(a.fileno(), True)
number = a.fileno()
a.close()
c = socket.socket()
print(c.fileno() == number, c.get_inheritable())
