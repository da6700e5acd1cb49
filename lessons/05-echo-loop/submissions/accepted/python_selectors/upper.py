import selectors, socket, sys
sel = selectors.DefaultSelector()
l = socket.create_server(("127.0.0.1", int(sys.argv[1])))
l.setblocking(False)
sel.register(l, selectors.EVENT_READ)
while True:
    for key, _ in sel.select():
        s = key.fileobj
        if s is l:
            c, _ = l.accept()
            c.setblocking(True)
            sel.register(c, selectors.EVENT_READ)
            continue
        try:
            data = s.recv(7)
            if data:
                s.sendall(data.upper())
        except OSError:
            data = b""
        if not data:
            sel.unregister(s)
            s.close()
