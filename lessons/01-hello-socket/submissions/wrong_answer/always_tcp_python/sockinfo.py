# expect: c1 PROTOCOL, c2 PROTOCOL, c3 PROTOCOL, c4 PROTOCOL
"""sockinfo, which wants TCP of every socket."""
import errno
import socket
import sys

opened = closed = 0
for line in sys.stdin:
    family, kind = line.split()
    try:
        s = socket.socket(getattr(socket, family), getattr(socket, kind), socket.IPPROTO_TCP)
    except OSError as e:
        print("ERR", family, kind, errno.errorcode[e.errno])
        continue
    opened += 1
    print(f"OK {family} {kind} fd={s.fileno()}")
    s.close()
    closed += 1
print(f"opened={opened} closed={closed}")
