# expect: c2 NAME_FIRST_ONLY, c4 FAMILY_FIXED
"""resolve with the call of the old tutorials."""
import socket
import sys

print("host", socket.gethostname())
for line in sys.stdin:
    host, service, family = line.split()
    try:
        port = int(service) if service.lstrip("-").isdigit() else socket.getservbyname(service)
        if not 0 <= port <= 65535:
            raise OSError("no port")
    except OSError:
        print(host, service, "-> error SERVICE")
        continue
    try:
        if ":" in host and family != "ipv4":
            print(host, service, "-> ipv6", host, port)
            continue
        ip = socket.gethostbyname(host)
        if family == "ipv6":
            raise OSError("no such address")
        print(host, service, "-> ipv4", ip, port)
    except OSError:
        print(host, service, "-> error NONAME")
