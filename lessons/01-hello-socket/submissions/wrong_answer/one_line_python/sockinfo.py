# expect: c1 LINES_UNREAD, c2 LINES_UNREAD, c3 LINES_UNREAD, c4 LINES_UNREAD
"""sockinfo, for one line of input."""
import errno
import socket
import sys

opened = closed = 0
for line in [input()]:
    family, kind = line.split()
    try:
        s = socket.socket(getattr(socket, family), getattr(socket, kind))
    except OSError as e:
        print("ERR", family, kind, errno.errorcode[e.errno])
        continue
    opened += 1
    print(f"OK {family} {kind} fd={s.fileno()}")
    s.close()
    closed += 1
print(f"opened={opened} closed={closed}")
