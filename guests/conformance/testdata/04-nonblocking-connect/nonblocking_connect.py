"""A connect that does not wait: it says EINPROGRESS, the socket becomes
writable when it is decided, and SO_ERROR tells how."""

import errno
import select
import socket


def call(what, address):
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.setblocking(False)
    print(what, errno.errorcode[client.connect_ex(address)], sep=": ", end=", then ")
    poll = select.poll()
    poll.register(client, select.POLLOUT)
    poll.poll()
    result = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    print(errno.errorcode[result] if result else "connected")
    client.close()


listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
listener.listen(1)
open_ = listener.getsockname()

silent = socket.socket(socket.AF_INET, socket.SOCK_STREAM)  # never listens
silent.bind(("127.0.0.1", 0))
closed = silent.getsockname()

call("a port that listens", open_)
call("a port that does not", closed)
silent.close()
listener.close()
