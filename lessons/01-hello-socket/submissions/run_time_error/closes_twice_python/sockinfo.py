# expect: c1 USED_CLOSED
"""sockinfo: makes a socket of each kind that standard input names, and tells its number."""
import errno
import socket
import sys, os

opened = closed = 0
for line in sys.stdin:
    family, type = line.split()
    try:
        s = socket.socket(getattr(socket, family), getattr(socket, type))
    except OSError as e:
        print("ERR", family, type, errno.errorcode[e.errno])
        continue
    opened += 1
    print("OK", family, type, f"fd={s.fileno()}")
    os.close(s.fileno())
    closed += 1
print(f"opened={opened} closed={closed}")
