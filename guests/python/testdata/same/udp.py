import socket

a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
a.bind(('127.0.0.1', 0))
b.bind(('localhost', 0))
print(b.sendto(b'0123456789', a.getsockname()), b.sendto(b'', 0, a.getsockname()), b.sendto('é'.encode(), a.getsockname()))
data, sender = a.recvfrom(4)
print(data, sender == b.getsockname())
print(a.recvfrom(100)[0], a.recvfrom(100)[0])
b.sendto(b'0123456789', a.getsockname())
data, ancillary, flags, sender = a.recvmsg(4)
print(data, ancillary, flags == socket.MSG_TRUNC, sender == b.getsockname())
b.connect(a.getsockname())
print(b.send(b'connected'), a.recv(100))
print(b.send(b"truncate me"), len(a.recv(4, socket.MSG_TRUNC)))
room = bytearray(20)
b.send(b'into')
count, sender = a.recvfrom_into(room, 10)
print(count, room[:count], sender == b.getsockname())
try:
    b.send(bytes(70000))
except OSError as e:
    print(e.strerror)
closed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
closed.bind(('127.0.0.1', 0))
address = closed.getsockname()
closed.close()
b.connect(address)
b.send(b'anybody?')
b.settimeout(5)
try:
    b.recv(10)
except ConnectionRefusedError as e:
    print(type(e).__name__, e.strerror)
a.settimeout(0.05)
try:
    a.recvfrom(10)
except socket.timeout as e:
    print(repr(e), e.errno)
try:
    a.listen()
except OSError as e:
    print(e.strerror)
six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
six.bind(('::1', 0))
print(six.getsockname()[0], six.getsockname()[2:], six.sendto(b'six', six.getsockname()), six.recvfrom(10)[0])
