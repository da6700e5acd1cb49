# expect: c1 FIRST_LINE
import socket, sys
conn = socket.create_connection((sys.argv[1], int(sys.argv[2])))
size = int(sys.argv[3])
try:
    print(conn.makefile(encoding="utf-8").readline(), end="")
except ConnectionError:
    sys.exit(1)
