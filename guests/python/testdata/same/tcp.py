# A phone call in one program: the kernel holds what is not yet received.
import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(('127.0.0.1', 0))
server.listen(5)
print(server.getsockname()[0], server.family, server.type, server.proto)

client = socket.socket()
print(client.connect_ex(server.getsockname()), client.getpeername() == server.getsockname())
conn, address = server.accept()
print(address == client.getsockname(), conn.getsockname() == client.getpeername())

print(client.send(b'hello'), client.sendall(b' world'))
print(conn.recv(5), conn.recv(100, socket.MSG_PEEK), conn.recv(100))
buffer = bytearray(10)
client.sendall(b'0123456789abcdef')
print(conn.recv_into(buffer), buffer, conn.recv_into(buffer, 3), buffer, conn.recv_into(memoryview(buffer)[5:]), buffer)
print(client.sendmsg([b'one ', bytearray(b'two '), memoryview(b'three')]), conn.recvmsg(100))
client.sendall(b'abcdefgh')
parts = bytearray(3), bytearray(100)
print(conn.recvmsg_into(parts), parts[0], bytes(parts[1][:5]))
client.sendall(b'xyz')
print(conn.recvfrom(2), conn.recvfrom_into(buffer), buffer)
conn.setblocking(False)
try:
    conn.recv(1)
except BlockingIOError as e:
    print(type(e), e.strerror)
conn.setblocking(True)
client.shutdown(socket.SHUT_WR)
print(conn.recv(10), conn.recv(10))
conn.sendall(b'still here')
print(client.recv(100))
conn.close()
print(client.recv(100))
with server, client:
    pass
print(server, conn, client.fileno())
try:
    client.send(b'x')
except OSError as e:
    print(type(e).__name__, e.strerror)
