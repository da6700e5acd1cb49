# expect: c2 REFUSAL_UNTOLD, c3 REFUSAL_UNTOLD, c4 REFUSAL_UNTOLD
"""sockinfo, which says nothing when the kernel says no."""
import errno
import socket
import sys

opened = closed = 0
for line in sys.stdin:
    family, kind = line.split()
    try:
        s = socket.socket(getattr(socket, family), getattr(socket, kind))
    except OSError:
        continue
    opened += 1
    print(f"OK {family} {kind} fd={s.fileno()}")
    s.close()
    closed += 1
print(f"opened={opened} closed={closed}")
