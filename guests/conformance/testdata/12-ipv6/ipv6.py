"""IPv6: a listener for both kinds of callers, an IPv4 address in IPv6's
clothes, and a listener that leaves IPv4 to others."""

import errno
import socket


def listen(only, port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the port is used twice
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
    s.bind(("::", port))
    s.listen(1)
    return s


def call(listener, family, host, port):
    client = socket.socket(family, socket.SOCK_STREAM)
    try:
        client.connect((host, port))
    except OSError as e:
        print(host, errno.errorcode[e.errno], sep=": ")
    else:
        conn, caller = listener.accept()
        print(host, "called by " + caller[0], sep=": ")
        conn.close()
    client.close()


both = listen(0, 0)
port = both.getsockname()[1]
call(both, socket.AF_INET6, "::1", port)
call(both, socket.AF_INET, "127.0.0.1", port)
call(both, socket.AF_INET6, "::ffff:127.0.0.1", port)
both.close()

other = socket.socket(socket.AF_INET, socket.SOCK_STREAM)  # never listens
other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
other.bind(("127.0.0.1", port))
only = listen(1, port)  # the same, and not in the way
call(only, socket.AF_INET6, "::1", port)
call(only, socket.AF_INET, "127.0.0.1", port)
only.close()
other.close()
