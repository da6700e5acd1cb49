"""upper PORT: answers every caller in capital letters.

TODO: this server takes one call and hears one sentence. Give it its two loops:
  - outside, caller after caller, for ever;
  - inside, sentence after sentence, until the caller hangs up (recv returns b"").
A caller who breaks off (ConnectionError) must cost you that caller, not the program.
"""
import socket
import sys


def upper(data):
    """a-z become A-Z; every other byte stays as it is."""
    return data.upper()


port = int(sys.argv[1])

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", port))
listener.listen(5)

conn, caller = listener.accept()
data = conn.recv(1024)
conn.sendall(upper(data))
conn.close()
