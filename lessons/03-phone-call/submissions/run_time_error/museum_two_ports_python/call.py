# expect: a1 WRONG_NUMBER, b1 ADDR_PORT
"""A greeting, from another tutorial: the two programs have different numbers."""
import socket

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect((socket.gethostname(), 2346))
msg = s.recv(1024)
print(msg.decode("utf-8"))
