# expect: c4 SUMS_MISSING
"""sockinfo, without the last line."""
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
