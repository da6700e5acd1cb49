# What first tutorials do, both ends in one program.
import pickle
import json
import select
import socket
import struct
import socketserver
import os
import time
import warnings


def pair(family=socket.AF_INET):
    with socket.create_server(('127.0.0.1', 0)) as server:
        client = socket.create_connection(server.getsockname())
        return client, server.accept()[0]


# A length before each message, so that messages do not run together.
def send(sock, message):
    sock.sendall(struct.pack('!I', len(message)) + message)


def receive(sock):
    def exactly(n):
        data = b''
        while len(data) < n:
            part = sock.recv(n - len(data))
            if not part:
                raise EOFError
            data += part
        return data
    return exactly(struct.unpack('!I', exactly(4))[0])


client, conn = pair()
for message in '套接字编程'.encode(), b'', b'x' * 100000, pickle.dumps({'a': [1, 2.5, None]}), json.dumps([True]).encode():
    send(client, message)
    assert receive(conn) == message
    print(len(message))
client.close()
try:
    receive(conn)
except EOFError:
    print('end')

# Seven bytes at a time cut characters in the middle.
client, conn = pair()
client.sendall('套接字编程'.encode())
try:
    print(conn.recv(7).decode())
except UnicodeDecodeError as e:
    print(e)

# A server that never waits.
server = socket.socket()
server.bind(('127.0.0.1', 0))
server.listen()
server.setblocking(False)
clients = []
for turn in range(3):
    try:
        conn, address = server.accept()
        conn.setblocking(False)
        clients.append(conn)
    except BlockingIOError as e:
        print('nobody yet', e.strerror)
    for c in clients:
        try:
            print(c.recv(100))
        except BlockingIOError:
            print('nothing yet')
    if turn == 0:
        client = socket.create_connection(server.getsockname())
        select.select([server], [], [])
    if turn == 1:
        client.send(b'now')
        select.select(clients, [], [])

# One end closes first: whoever does waits in TIME_WAIT.
server = socket.socket()
server.bind(('127.0.0.1', 0))
server.listen()
address = server.getsockname()
client = socket.create_connection(address)
conn, _ = server.accept()
conn.close()
print(client.recv(1))
client.shutdown(socket.SHUT_WR)
while client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) != b'\x07':  # closed: the server's end has heard
    time.sleep(0.001)
client.close()
server.close()
server = socket.socket()
try:
    server.bind(address)
except OSError as e:
    print(e.strerror)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(address)
print('bound')

# Unread bytes at a close become a reset.
client, conn = pair()
client.sendall(b'unread')
select.select([conn], [], [])
conn.close()
try:
    print(client.recv(1))
except ConnectionResetError as e:
    print(type(e).__name__, e.strerror)


class Echo(socketserver.BaseRequestHandler):
    def setup(self):
        print('setup')

    def handle(self):
        self.request.sendall(self.request.recv(100))

    def finish(self):
        print('finish')


with socketserver.UnixStreamServer('tutorial.sock', Echo) as server:
    client = socket.socket(socket.AF_UNIX)
    client.connect('tutorial.sock')
    client.send(b'unix')
    server.handle_request()
    print(client.recv(100))
os.unlink('tutorial.sock')
with socket.create_server(('::', 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
    for host in '127.0.0.1', '::1', 'localhost':
        client = socket.create_connection((host, server.getsockname()[1]))
        print(server.accept()[1][0])

warnings.simplefilter('always')
warnings.showwarning = lambda message, category, *rest: print(category.__name__, message)
s = socket.socket()
s = None
a, b = socket.socketpair()
print(a == b, hash(a) == hash(a), bool(a), a.__class__.__mro__[0].__name__)
try:
    a.attribute = 1
except AttributeError:
    print('no attributes')
try:
    pickle.dumps(a)
except TypeError as e:
    print(e)
a.close()
b.close()
