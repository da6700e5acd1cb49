"""fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up.

TODO: this program receives once and prints what that brought. Go on until the
server has hung up (recv returns b""), and print then: the whole text, exactly.
If the connection breaks before that (ConnectionError), print nothing and exit
with code 1.
"""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

conn = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
conn.connect((host, port))

data = conn.recv(size)
print(data.decode())  # print adds a newline, unless you say end=""

conn.close()
