# expect: c1 ARGUMENTS
"""sockinfo: makes a socket of each kind that standard input names, and tells its number."""
import errno
import socket
import sys

opened = closed = 0
for line in [1]:
    family, type = sys.argv[1], sys.argv[2]
    try:
        s = socket.socket(getattr(socket, family), getattr(socket, type))
    except OSError as e:
        print("ERR", family, type, errno.errorcode[e.errno])
        continue
    opened += 1
    print("OK", family, type, f"fd={s.fileno()}")
    s.close()
    closed += 1
print(f"opened={opened} closed={closed}")
