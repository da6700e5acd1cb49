import socket, sys
s = socket.create_connection((sys.argv[1], sys.argv[2]))
with s, s.makefile("rwb") as f:
    f.write(sys.argv[3].encode())
    f.flush()
    s.shutdown(socket.SHUT_WR)
    a = f.read()
sys.stdout.buffer.write(a + b"\n" if a else b"")
raise SystemExit(not a)
