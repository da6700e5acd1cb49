from socket import *
from sys import argv
s = socket()
s.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
s.bind(("localhost", int(argv[1])))
s.listen(0)
c, a = s.accept()
print("call from %s:%s" % a)
m = bytearray(c.recv(4096))
for i in range(len(m)):
    if 97 <= m[i] <= 122:
        m[i] -= 32
while m:
    n = c.send(m)
    m = m[n:]
c.shutdown(SHUT_WR)
