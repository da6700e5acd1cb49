# expect: s1 ACCEPTS_AGAIN, s3 SERVER_DIED, s5 DEADLOCK
import socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(5)
while True:
    conn, caller = listener.accept()
    data = conn.recv(1024)
    conn.sendall(data.upper())
