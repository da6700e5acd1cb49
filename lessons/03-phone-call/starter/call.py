"""call HOST PORT MESSAGE: rings somebody up, speaks, listens.

TODO: say the message, then hear until the other side hangs up (recv returns
b""), and print what you heard. If that was nothing at all, exit with 1.
"""
import socket
import sys

host, port, message = sys.argv[1], int(sys.argv[2]), sys.argv[3]

conn = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
conn.connect((host, port))
# TODO: speak, listen, print
conn.close()
