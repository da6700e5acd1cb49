"""Decoding as it comes: the decoder keeps half a character until the rest is there."""
import codecs
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

decoder = codecs.getincrementaldecoder("utf-8")()
text = ""
conn = socket.socket()
conn.settimeout(30)
try:
    conn.connect((host, port))
    while chunk := conn.recv(size):
        text += decoder.decode(chunk)
    text += decoder.decode(b"", final=True)
except (OSError, UnicodeDecodeError) as error:
    sys.exit(f"fetch: {error}")
sys.stdout.write(text)
