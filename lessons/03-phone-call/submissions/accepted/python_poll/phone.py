"""phone with selectors, and a generator for the capital letters."""
import selectors
import socket
import sys

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
listener.setblocking(False)

selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
while listener is not None:
    for key, _ in selector.select():
        if key.fileobj is listener:
            conn, address = listener.accept()
            conn.setblocking(False)
            selector.register(conn, selectors.EVENT_READ)
            print("call from %s:%d" % address)
        else:
            data = conn.recv(1024)
            conn.send(bytes(b - 32 if 97 <= b <= 122 else b for b in data))
            selector.unregister(conn)
            conn.close()
            selector.unregister(listener)
            listener.close()
            listener = None
