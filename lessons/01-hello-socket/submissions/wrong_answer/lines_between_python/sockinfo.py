# expect: c1 CHATTER, c2 CHATTER, c3 CHATTER, c4 CHATTER
"""sockinfo, with an empty line after each answer."""
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
    print(f"OK {family} {kind} fd={s.fileno()}\n")
    s.close()
    closed += 1
print(f"opened={opened} closed={closed}")
