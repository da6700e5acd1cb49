"""A file goes over a connection, a block of 8192 bytes at a time."""

import os
import socket

content = b"0123456789" * 1000
with open("digits.txt", "wb") as file:
    file.write(content)
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
listener.listen(1)
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(listener.getsockname())
conn, _ = listener.accept()

with open("digits.txt", "rb") as file:
    sent = conn.sendfile(file)  # the loop is in there
conn.close()
print("sent", sent, "bytes")

received = client.recv(20000, socket.MSG_WAITALL)
if received == content:
    print("received the same", len(received))
client.close()
listener.close()
os.unlink("digits.txt")
