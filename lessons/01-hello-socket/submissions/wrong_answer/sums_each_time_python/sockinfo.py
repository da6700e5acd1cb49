# expect: c1 SUMS_EARLY, c2 SUMS_EARLY, c3 SUMS_EARLY, c4 SUMS_EARLY
"""sockinfo, which prints its sums inside the loop."""
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
    print(f"OK {family} {kind} fd={s.fileno()}")
    s.close()
    closed += 1
    print(f"opened={opened} closed={closed}")
