# expect: c1 LINE_FORM, c2 LINE_FORM, c3 LINE_FORM, c4 LINE_FORM
"""sockinfo, which prints what the words stand for."""
import errno
import socket
import sys

opened = closed = 0
for line in sys.stdin:
    family, kind = line.split()
    try:
        s = socket.socket(getattr(socket, family), getattr(socket, kind))
    except OSError as e:
        print("ERR", family, kind, errno.errorcode[e.errno])
        continue
    opened += 1
    print(f"OK {s.family} {s.type} fd={s.fileno()}")
    s.close()
    closed += 1
print(f"opened={opened} closed={closed}")
