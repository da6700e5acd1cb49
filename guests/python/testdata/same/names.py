import socket

print(socket.gethostbyname('localhost'), socket.gethostbyname(''), socket.gethostbyname('127.0.0.5'))
print(socket.gethostbyname_ex('127.0.0.1'))
for host, port, *rest in (('localhost', 80, socket.AF_INET, socket.SOCK_STREAM), ('127.0.0.1', 'http', 0, socket.SOCK_STREAM),
                          (None, 8080, socket.AF_INET, socket.SOCK_DGRAM), (None, '7', socket.AF_INET6, socket.SOCK_STREAM, 0, socket.AI_PASSIVE),
                          ('::1', 443, 0, 0, socket.IPPROTO_TCP), ('localhost', 21, socket.AF_INET, socket.SOCK_STREAM, 0, socket.AI_CANONNAME),
                          ('127.0.0.1', 'nosuchservice'), ('no.such.host.invalid', 80), ('::1', 1, socket.AF_INET), ('1.2.3.4', 5, 0, 0, 0, socket.AI_NUMERICHOST | socket.AI_NUMERICSERV),
                          ('localhost', 5, 0, 0, 0, socket.AI_NUMERICHOST), ('127.0.0.1', 'http', 0, 0, 0, socket.AI_NUMERICSERV), ('127.0.0.1', 1, 99), ('127.0.0.1', 1, 0, 99)):
    try:
        print(socket.getaddrinfo(host, port, *rest))
    except socket.gaierror as e:
        print(type(e), e, e.errno, e.errno == socket.EAI_NONAME)
print(socket.getnameinfo(('127.0.0.1', 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV))
print(socket.getnameinfo(('127.0.0.1', 80), 0), socket.getnameinfo(('::1', 22, 0, 0), socket.NI_NUMERICHOST))
print(socket.getservbyname('https'), socket.getservbyname('domain', 'udp'), socket.getservbyport(25, 'tcp'))
print(socket.getprotobyname('tcp'), socket.getprotobyname('UDP'), socket.getprotobyname('icmp'))
print(socket.inet_aton('127.1'), socket.inet_ntoa(b'\x7f\0\0\1'), socket.inet_pton(socket.AF_INET, '10.0.0.1'))
for text in '::', '::1', '1::', '1::2', 'fe80::1', '2001:db8:0:0:1:0:0:1', '::ffff:1.2.3.4', '::1.2.3.4', '1:2:3:4:5:6:7:8', '64:ff9b::10.1.2.3', '0:0:1::':
    packed = socket.inet_pton(socket.AF_INET6, text)
    print(text, packed.hex(), socket.inet_ntop(socket.AF_INET6, packed))
for text in ':', ':::', '1', '1:2', '1::2::3', '12345::', 'g::', '1:2:3:4:5:6:7:8:9', '::1.2.3', '1.2.3.4', '', '1:2:3:4:5:6:7::8', '::1%lo':
    try:
        print(text, socket.inet_pton(socket.AF_INET6, text))
    except OSError as e:
        print(text, e)
print(socket.htons(8080), socket.ntohs(socket.htons(8080)), socket.htonl(1), socket.ntohl(socket.htonl(77)))
print(socket.if_nametoindex('lo'), socket.if_indextoname(1), socket.if_nameindex()[0])
print(socket.CMSG_LEN(4), socket.CMSG_SPACE(4))
print(socket.gethostbyaddr('127.0.0.1'), socket.getfqdn('127.0.0.1'))
print(len(socket.gethostname()) > 0, socket.getfqdn() != '')

import os
import platform
print(os.uname().nodename == platform.node() == socket.gethostname() != '')
