"""Socket addresses: Python's tuples and paths, and the bytes the host takes."""

from posix import getcwdb
from struct import Struct

from _socklab_builtin_socket import AF_INET as _their_inet, inet_pton  # CPython's own, whose AF_INET is WASI's

from .arguments import buffer
from .consts import (AF_UNIX, AF_INET, AF_INET6, AI_PASSIVE, EAI_ADDRFAMILY, EAI_NONAME, SOCK_DGRAM,
                     _GETADDRINFO, _eai_texts)
from .device import ask_names, gaierror, take

_inet = Struct('<H2s4s8x')
_inet6 = Struct('<H2s4s16sI')
_hints = Struct('<iiiiI').pack

# Room for an encoded address: any of the internet, and any at all.
INET_ROOM = 28
UNIX_ROOM = 4200


def room(family):
    return UNIX_ROOM if family == AF_UNIX else INET_ROOM


def encode(family, address, caller):
    """The bytes of an address that a program gives to caller."""
    if family == AF_INET:
        if not isinstance(address, tuple):
            raise TypeError('%s(): AF_INET address must be tuple, not %s' % (caller, type(address).__name__))
        if len(address) != 2:
            raise TypeError('AF_INET address must be a pair (host, port)')
        host = hostname(address[0])
        port = c_int(address[1], caller)
        packed = resolve(host, AF_INET)
        return _inet.pack(AF_INET, port_bytes(port, caller), packed)
    if family == AF_INET6:
        if not isinstance(address, tuple):
            raise TypeError('%s(): AF_INET6 address must be tuple, not %s' % (caller, type(address).__name__))
        if not 2 <= len(address) <= 4:
            raise TypeError('AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])')
        host = hostname(address[0])
        port = c_int(address[1], caller)
        flow, scope = (*address[2:], 0, 0)[:2]
        flow, scope = flow.__index__() & 0xFFFFFFFF, scope.__index__() & 0xFFFFFFFF
        packed = resolve(host, AF_INET6)
        number = port_bytes(port, caller)
        if flow > 0xFFFFF:
            raise OverflowError('%s(): flowinfo must be 0-1048575.' % caller)
        return _inet6.pack(AF_INET6, number, flow.to_bytes(4, 'big'), packed, scope)
    if family == AF_UNIX:
        if isinstance(address, str):
            address = address.encode('utf-8', 'surrogateescape')
        path = bytes(buffer(address))
        if path[:1] not in (b'', b'\0', b'/') and (folder := getcwdb()) != b'/':
            path = folder + b'/' + path  # of the folder the program is in the host knows nothing
        if len(path) > UNIX_ROOM - 100:
            raise OSError('AF_UNIX path too long')
        return b'\1\0' + path
    raise OSError('%s(): bad family' % caller)


def decode(sockaddr):
    """What a program sees of an address; None if there is none."""
    if not sockaddr:
        return None
    family = sockaddr[0]
    if family == AF_INET:
        return '%d.%d.%d.%d' % tuple(sockaddr[4:8]), sockaddr[2] << 8 | sockaddr[3]
    if family == AF_INET6:
        _, port, flow, packed, scope = _inet6.unpack(sockaddr)
        return (ntop6(packed), int.from_bytes(port, 'big'),
                int.from_bytes(flow, 'big'), scope)
    path = sockaddr[2:]
    if path[:1] == b'\0':  # abstract
        return path
    return path.rstrip(b'\0').decode('utf-8', 'surrogateescape')


def pton(family, text):
    """The packed form of a numeric address; OSError if it is none."""
    if family == AF_INET:
        return inet_pton(_their_inet, text)
    head, double, tail = text.partition('::')
    try:
        packed = _groups(head, not double)
        if double:
            rest = _groups(tail, True)
            packed += bytes(16 - len(packed) - len(rest) if len(packed) + len(rest) < 16 else -1) + rest
        if len(packed) == 16:
            return packed
    except ValueError:
        pass
    raise OSError('illegal IP address string passed to inet_pton')


def _groups(text, last):
    """The bytes of the part of an IPv6 address on one side of "::"."""
    packed = b''
    groups = text.split(':') if text else []
    for group in groups:
        if '.' in group and last and group is groups[-1]:
            packed += inet_pton(_their_inet, group)
        elif 1 <= len(group) <= 4 and not group.strip('0123456789abcdefABCDEF'):
            packed += int(group, 16).to_bytes(2, 'big')
        else:
            raise ValueError
    return packed


def ntop6(packed):
    """The text of a packed IPv6 address."""
    groups = [packed[i] << 8 | packed[i + 1] for i in range(0, 16, 2)]
    at = best = size = 0
    while at < 8:  # the first of the longest runs of zeros
        end = at
        while end < 8 and groups[end] == 0:
            end += 1
        if end - at > size:
            best, size = at, end - at
        at = end + 1
    if best == 0 and (size == 6 or size == 5 and groups[5] == 0xFFFF):  # compatible and mapped
        return ('::ffff:' if size == 5 else '::') + '%d.%d.%d.%d' % tuple(packed[12:])
    text = ['%x' % group for group in groups]
    if size < 2:
        return ':'.join(text)
    return ':'.join(text[:best]) + '::' + ':'.join(text[best + size:])


def hostname(name):
    """A host's name as bytes, which C code takes from str in IDNA's form."""
    if isinstance(name, str):
        try:
            name = name.encode('ascii')
        except UnicodeEncodeError:
            try:
                name = name.encode('idna')
            except UnicodeError:
                raise TypeError('encoding of hostname failed') from None
    elif not isinstance(name, (bytes, bytearray)):
        raise TypeError('str, bytes or bytearray expected, not %s' % type(name).__name__)
    if 0 in name:
        raise TypeError('host name must not contain null character')
    return bytes(name)


def c_int(number, caller):
    number = number.__index__() if type(number) is not int and hasattr(number, '__index__') else number
    if not isinstance(number, int):
        raise TypeError("'%s' object cannot be interpreted as an integer" % type(number).__name__)
    if not -1 << 31 <= number < 1 << 31:
        raise OverflowError('%s(): port must be 0-65535.' % caller)
    return number


def port_bytes(port, caller):
    if not 0 <= port <= 0xFFFF:
        raise OverflowError('%s(): port must be 0-65535.' % caller)
    return port.to_bytes(2, 'big')


def resolve(host, family):
    """The packed address of a host, of a family."""
    if family == AF_INET:
        if host == b'127.0.0.1':
            return b'\x7f\0\0\1'
        if host in (b'255.255.255.255', b'<broadcast>'):
            return b'\xff\xff\xff\xff'
    if host:
        try:
            return pton(family, host.decode('latin-1'))
        except OSError:
            pass
        answers = addresses(host, b'', family, 0, 0, 0)
    else:
        answers = addresses(b'', b'0', family, SOCK_DGRAM, 0, AI_PASSIVE)
    for got, _, _, _, sockaddr in answers:
        if got == family:
            return sockaddr[4:8] if family == AF_INET else sockaddr[8:24]
    raise gaierror(EAI_ADDRFAMILY, _eai_texts[EAI_ADDRFAMILY])


def _zone(host):
    """A host without the interface after a "%", and that interface's number."""
    host, percent, zone = host.partition(b'%')
    if not percent:
        return host, 0
    if zone == b'lo' and of_link(pton(AF_INET6, host.decode('latin-1'))):
        return host, 1
    if not zone.isdigit() or int(zone) >= 1 << 32:
        raise gaierror(EAI_NONAME, _eai_texts[EAI_NONAME])
    return host, int(zone)


def of_link(packed):
    """Whether an IPv6 address is one of a link's own."""
    return packed[0] == 0xFE and packed[1] & 0xC0 == 0x80 or packed[0] == 0xFF and packed[1] & 0xF == 2


_record = Struct('<iiiII')


def addresses(host, service, family, kind, proto, flags):
    """getaddrinfo(3): family, type, protocol, canonical name and sockaddr of
    each answer, the last two as bytes."""
    host, zone = _zone(host)
    request = b''.join((
        _GETADDRINFO.to_bytes(4, 'little'), len(host).to_bytes(4, 'little'), host,
        len(service).to_bytes(4, 'little'), service, _hints(family, kind, proto, flags, 8192)))
    records, _ = take(ask_names(request, 8200))
    answers, at = [], 0
    while at < len(records):
        family, kind, proto, n, m = _record.unpack_from(records, at)
        at += _record.size
        sockaddr = records[at:at + n]
        if zone and family == AF_INET6:
            sockaddr = sockaddr[:24] + zone.to_bytes(4, 'little')
        answers.append((family, kind, proto, records[at + n:at + n + m], sockaddr))
        at += (n + m + 3) & ~3
    return answers
