# expect: k1 WAITS_FOR_MORE, k4 EOF_IGNORED
import socket, sys
conn = socket.create_connection((sys.argv[1], int(sys.argv[2])))
for line in sys.stdin:
    line = line.rstrip("\n")
    if not line:
        continue
    conn.sendall(line.encode())
    got = b""
    while True:
        more = conn.recv(1024)
        if not more:
            break
        got += more
    print(got.decode())
conn.close()
