"""sockinfo with a generator: all lines are read first, and a socket's last
reference closes it.
"""
import errno
import socket
import sys

count = {"opened": 0, "closed": 0}


class Counted(socket.socket):
    def __init__(self, *kind):
        super().__init__(*kind)
        count["opened"] += 1

    def close(self):
        super().close()
        count["closed"] += 1


def answer(family, type):
    try:
        made = Counted(getattr(socket, family), getattr(socket, type), 0)
    except OSError as e:
        return f"ERR {family} {type} {errno.errorcode[e.errno]}"
    text = f"OK {family} {type} fd={made.fileno()}"
    made.close()
    return text


sys.stdout.writelines(answer(*line.split()) + "\n" for line in sys.stdin.readlines())
print(" ".join(f"{k}={v}" for k, v in count.items()))
