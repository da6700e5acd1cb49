"""The functions of _socket that ask for names, and its other small ones."""

from errno import EAFNOSUPPORT, EBADF, ENXIO, EPERM
from struct import Struct

from . import sockobj
from .address import addresses, decode, encode, hostname, ntop6, of_link, pton, resolve
from .arguments import buffer, c_int, integer
from .consts import (AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC, AI_CANONNAME, AI_NUMERICHOST, EAI_NONAME, SOCK_DGRAM,
                     SOCK_STREAM, NI_NAMEREQD, _DUP, _GETHOSTNAME, _GETNAMEINFO, _GETSERVBYNAME, _GETSERVBYPORT,
                     _SOCKETPAIR, _eai_texts)
from .device import ask, ask_names, error, gaierror, on_fd, sockets, take
from .device import close as _close

_words3 = Struct('<Iiii').pack
_words2 = Struct('<II').pack


class herror(OSError):
    __module__ = 'socket'


def _text(value, what):
    if isinstance(value, str):
        return value.encode('utf-8')
    raise TypeError('%s must be str, not %s' % (what, 'None' if value is None else type(value).__name__))


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """getaddrinfo(host, port[, family[, type[, proto[, flags]]]]) -> list of
    (family, type, proto, canonname, sockaddr)"""
    if host is None:
        node = b''
    elif isinstance(host, str):
        node = host.encode('idna')
    elif isinstance(host, bytes):
        node = host
    else:
        raise TypeError('getaddrinfo() argument 1 must be string or None')
    if port is None:
        service = b''
    elif isinstance(port, int):
        service = b'%d' % port
    elif isinstance(port, str):
        service = port.encode()
    elif isinstance(port, bytes):
        service = port
    else:
        raise OSError('Int or String expected')
    if host is None and port is None:
        raise gaierror(EAI_NONAME, _eai_texts[EAI_NONAME])
    answers = addresses(node, service, c_int(family), c_int(type), c_int(proto), c_int(flags))
    return [(f, t, p, name.decode(), decode(sockaddr)) for f, t, p, name, sockaddr in answers]


def getnameinfo(sockaddr, flags, /):
    """getnameinfo(sockaddr, flags) -> (host, port)"""
    flags = c_int(flags)
    if not isinstance(sockaddr, tuple):
        raise TypeError('getnameinfo() argument 1 must be a tuple')
    if not 2 <= len(sockaddr) <= 4 or not isinstance(sockaddr[0], str):
        raise TypeError('getnameinfo(): illegal sockaddr argument')
    port = c_int(sockaddr[1])
    family, packed = _numeric(sockaddr[0], port & 0xFFFF)
    if family == AF_INET and len(sockaddr) != 2:
        raise OSError('IPv4 sockaddr must be 2 tuple')
    flow, scope = (*map(integer, sockaddr[2:]), 0, 0)[:2]
    if not 0 <= flow <= 0xFFFFF:
        raise OverflowError('getnameinfo(): flowinfo must be 0-1048575.')
    request = b''.join((_words2(_GETNAMEINFO, len(packed)), packed, Struct('<iII').pack(flags, 1025, 32)))
    node, rest = take(ask_names(request, 1100))
    node = node.decode()
    if scope and ':' in node:
        node += '%%%s' % ('lo' if scope == 1 and of_link(packed[8:24]) else scope)
    return node, take(rest)[0].decode()


def _numeric(host, port):
    """The family and the bytes of a numeric address. The host is asked only
    for what inet_pton does not read: a trace shows the call that was made."""
    for family in AF_INET, AF_INET6:
        try:
            pton(family, host)
        except (OSError, ValueError):
            continue
        return family, encode(family, (host, port), 'getnameinfo')
    found = addresses(host.encode(), b'%d' % port, AF_UNSPEC, SOCK_DGRAM, 0, AI_NUMERICHOST)
    if len(found) > 1:
        raise OSError('sockaddr resolved to multiple addresses')
    return found[0][0], found[0][4]


def gethostname():
    """gethostname() -> string: the sandbox's own name"""
    return take(ask(_words2(_GETHOSTNAME, 256), 260))[0].decode()


def sethostname(name, /):
    """sethostname(name): nobody may, here"""
    raise error(EPERM)


def _ipv4(name, caller):
    if not isinstance(name, (str, bytes, bytearray)):
        raise TypeError('%s() argument 1 must be str, bytes or bytearray, not %s' % (caller, type(name).__name__))
    return resolve(hostname(name), AF_INET)


def _dotted(packed):
    return '%d.%d.%d.%d' % tuple(packed)


def gethostbyname(host, /):
    """gethostbyname(host) -> address"""
    return _dotted(_ipv4(host, 'gethostbyname'))


def gethostbyname_ex(host, /):
    """gethostbyname_ex(host) -> (name, aliaslist, addresslist)"""
    first = _ipv4(host, 'gethostbyname_ex')
    host = hostname(host)
    answers = addresses(host, b'', AF_INET, SOCK_STREAM, 0, AI_CANONNAME)
    name = answers[0][3].decode() or host.decode('latin-1')
    return name, [], [_dotted(a[4][4:8]) for a in answers] or [_dotted(first)]


def gethostbyaddr(host, /):
    """gethostbyaddr(host) -> (name, aliaslist, addresslist)"""
    if not isinstance(host, (str, bytes, bytearray)):
        raise TypeError('gethostbyaddr() argument 1 must be str, bytes or bytearray, not %s' % type(host).__name__)
    packed = addresses(hostname(host), b'', AF_UNSPEC, SOCK_STREAM, 0, 0)[0][4]
    request = b''.join((_words2(_GETNAMEINFO, len(packed)), packed, Struct('<iII').pack(NI_NAMEREQD, 1025, 32)))
    try:
        node, _ = take(ask_names(request, 1100))
    except gaierror:
        node = None
    if node is None:
        raise herror(1, 'Unknown host')
    return node.decode(), [], [decode(packed)[0]]


def getservbyname(name, protocol='', /):
    """getservbyname(name[, protocol]) -> port"""
    name, protocol = _text(name, 'getservbyname() argument 1'), _text(protocol, 'getservbyname() argument 2')
    try:
        reply = ask(b''.join((_words2(_GETSERVBYNAME, len(name)), name, len(protocol).to_bytes(4, 'little'), protocol)))
    except OSError:
        reply = None
    if reply is None:
        raise OSError('service/proto not found')
    return int.from_bytes(reply, 'little')


def getservbyport(port, protocol='', /):
    """getservbyport(port[, protocol]) -> name"""
    port, protocol = c_int(port), _text(protocol, 'getservbyport() argument 2')
    if not 0 <= port <= 0xFFFF:
        raise OverflowError('getservbyport: port must be 0-65535.')
    try:
        reply = ask(b''.join((_words2(_GETSERVBYPORT, port), len(protocol).to_bytes(4, 'little'), protocol,
                              (64).to_bytes(4, 'little'))), 128)
    except OSError:
        reply = None
    if reply is None:
        raise OSError('port/proto not found')
    return take(reply)[0].decode()


# /etc/protocols, as far as anybody asks.
_protocols = {'ip': 0, 'hopopt': 0, 'icmp': 1, 'igmp': 2, 'ipencap': 4, 'tcp': 6, 'egp': 8, 'udp': 17, 'dccp': 33,
              'ipv6': 41, 'gre': 47, 'esp': 50, 'ah': 51, 'ipv6-icmp': 58, 'sctp': 132, 'udplite': 136}


def getprotobyname(name, /):
    """getprotobyname(name) -> number"""
    number = _protocols.get(_text(name, 'getprotobyname() argument 1').decode().lower())
    if number is None:
        raise OSError('protocol not found')
    return number


def if_nameindex():
    """if_nameindex() -> list of (index, name): the loopback interface"""
    return [(1, 'lo')]


def if_nametoindex(name, /):
    """if_nametoindex(name) -> index"""
    if (name.encode() if isinstance(name, str) else bytes(buffer(name))) != b'lo':
        raise OSError('no interface with this name')
    return 1


def if_indextoname(index, /):
    """if_indextoname(index) -> name"""
    if integer(index) != 1:
        raise error(ENXIO)
    return 'lo'


def socketpair(family=AF_UNIX, type=SOCK_STREAM, proto=0, /):
    """socketpair([family[, type[, proto]]]) -> (socket object, socket object)"""
    family, type, proto = c_int(family), c_int(type), c_int(proto)
    return tuple(sockobj.socket(family, type, proto, fd) for fd in connected_pair(family, type, proto))


def connected_pair(family, type, proto):
    """The numbers of two sockets connected to each other."""
    reply = ask(_words3(_SOCKETPAIR, family, type, proto))
    pair = int.from_bytes(reply[:4], 'little'), int.from_bytes(reply[4:8], 'little')
    sockets.update(pair)
    return pair


def close(fd, /):
    """close(fd): close a socket by its number"""
    if c_int(fd) not in sockets:
        raise error(EBADF)
    _close(fd)


def dup(fd, /):
    """dup(fd) -> another descriptor of the same socket"""
    fd = int.from_bytes(on_fd(_DUP, c_int(fd)), 'little')
    sockets.add(fd)
    return fd


def setdefaulttimeout(timeout, /):
    """setdefaulttimeout(timeout): what new sockets begin with"""
    sockobj.default_timeout = sockobj.nanoseconds(timeout)


def getdefaulttimeout():
    """getdefaulttimeout() -> seconds, or None"""
    return sockobj.seconds(sockobj.default_timeout)


def inet_ntoa(packed, /):
    """inet_ntoa(packed) -> dotted string"""
    packed = buffer(packed)
    if len(packed) != 4:
        raise OSError('packed IP wrong length for inet_ntoa')
    return _dotted(packed)


def inet_pton(family, text, /):
    """inet_pton(family, text) -> packed address"""
    family = c_int(family)
    if not isinstance(text, str):
        raise TypeError('inet_pton() argument 2 must be str, not %s' % type(text).__name__)
    if family not in (AF_INET, AF_INET6):
        raise error(EAFNOSUPPORT)
    return pton(family, text)


def inet_ntop(family, packed, /):
    """inet_ntop(family, packed) -> text"""
    family, packed = c_int(family), bytes(buffer(packed))
    if family not in (AF_INET, AF_INET6):
        raise ValueError('unknown address family %d' % family)
    if len(packed) != (4 if family == AF_INET else 16):
        raise ValueError('invalid length of packed IP address string')
    return _dotted(packed) if family == AF_INET else ntop6(packed)


# The largest socklen_t that CPython takes.
_MOST = 0x7FFFFFFF


def CMSG_LEN(length, /):
    """CMSG_LEN(length) -> size of a control message without padding"""
    length = integer(length)
    if not 0 <= length <= _MOST - 16:
        raise OverflowError('CMSG_LEN() argument out of range')
    return 16 + length


def CMSG_SPACE(length, /):
    """CMSG_SPACE(length) -> size of a control message with padding"""
    length = integer(length)
    if not 0 <= length <= _MOST - 24:
        raise OverflowError('CMSG_SPACE() argument out of range')
    return 16 + (length + 7 & ~7)
