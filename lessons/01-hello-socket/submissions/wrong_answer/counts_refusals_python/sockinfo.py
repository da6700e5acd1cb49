# expect: c4 COUNT_WRONG
"""sockinfo: makes a socket of each kind that standard input names, and tells its number."""
import errno
import socket
import sys

opened = closed = 0
for line in sys.stdin:
    family, type = line.split()
    opened += 1
    try:
        s = socket.socket(getattr(socket, family), getattr(socket, type))
    except OSError as e:
        print("ERR", family, type, errno.errorcode[e.errno])
        continue
    print("OK", family, type, f"fd={s.fileno()}")
    s.close()
    closed += 1
print(f"opened={opened} closed={closed}")
