# expect: c2 ERR_TEXT
"""sockinfo: makes a socket of each kind that standard input names, and tells its number."""
import socket
import sys

opened = closed = 0
for line in sys.stdin:
    family, type = line.split()
    try:
        s = socket.socket(getattr(socket, family), getattr(socket, type))
    except OSError:
        print("ERR", family, type, "EPROTONOSUPPORT")
        continue
    opened += 1
    print("OK", family, type, f"fd={s.fileno()}")
    s.close()
    closed += 1
print(f"opened={opened} closed={closed}")
