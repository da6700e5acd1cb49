import selectors
import socket

sel = selectors.DefaultSelector()


def accept(sock, mask):
    conn, address = sock.accept()
    conn.setblocking(False)
    sel.register(conn, selectors.EVENT_READ, read)


def read(conn, mask):
    data = conn.recv(1000)
    if data:
        conn.send(data)
    else:
        sel.unregister(conn)
        conn.close()


sock = socket.socket()
sock.bind(('localhost', 0))
sock.listen(100)
sock.setblocking(False)
sel.register(sock, selectors.EVENT_READ, accept)
print(sock.getsockname()[1])
while True:
    for key, mask in sel.select():
        key.data(key.fileobj, mask)
