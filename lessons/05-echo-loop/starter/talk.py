"""talk HOST PORT: sends each line of standard input, prints each answer.

TODO: for each line that is not empty, send it, read exactly as many bytes as
you sent, and print them. If the server hangs up before that, exit with 1.
"""
import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

conn = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
conn.connect((host, port))

for line in sys.stdin:
    text = line.rstrip("\n").encode()
    # TODO: say it, hear the answer, print it

conn.close()
