"""The sockets of the sandbox, under the standard library's own socket.py."""

from _socklab.linux import *
from _socklab.consts import *
from _socklab.names import (
    CMSG_LEN, CMSG_SPACE, close, dup, getaddrinfo, getdefaulttimeout, gethostbyaddr, gethostbyname, gethostbyname_ex,
    gethostname, getnameinfo, getprotobyname, getservbyname, getservbyport, herror, if_indextoname, if_nameindex,
    if_nametoindex, inet_ntoa, inet_ntop, inet_pton, setdefaulttimeout, sethostname, socketpair)
from _socklab.device import gaierror
from _socklab.sockobj import socket
from _socklab_builtin_socket import htonl, htons, inet_aton, ntohl, ntohs

SocketType = socket
error = OSError
timeout = TimeoutError
has_ipv6 = True

# Functions of C do not become methods of a class that has them.
globals().update({
    _name: staticmethod(_function) for _name, _function in globals().items() if type(_function) is type(lambda: None)})
