"""resolve that is patient with its resolver, and asks for numbers as numbers."""
import socket
import sys
from socket import AF_INET, AF_INET6

WANT = dict(any=0, ipv4=AF_INET, ipv6=AF_INET6)


def lookup(host, service, want):
    service = int(service) if service.lstrip("-").isdigit() else service
    while True:
        try:
            return socket.getaddrinfo(host, service, family=want, type=socket.SOCK_STREAM)
        except socket.gaierror as e:
            if e.args[0] != socket.EAI_AGAIN:
                raise


out = ["host " + socket.gethostname()]
for line in sys.stdin.read().splitlines():
    host, service, family = line.split(" ")
    head = f"{host} {service} -> "
    try:
        for found in lookup(host, service, WANT[family]):
            out.append(head + ("ipv6" if found[0] == AF_INET6 else "ipv4") + " %s %d" % found[4][:2])
    except socket.gaierror as e:
        if e.errno == socket.EAI_NONAME:
            out.append(head + "error NONAME")
        elif e.errno == socket.EAI_SERVICE:
            out.append(head + "error SERVICE")
        else:
            out.append(head + "error FAMILY")
print("\n".join(out))
