# expect: c1 TABLE_HARDCODED
"""resolve: turns names and services into addresses and ports."""
import socket
import sys

FAMILIES = {"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
WORDS = {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}
REASONS = {
    socket.EAI_SERVICE: "SERVICE",
    socket.EAI_FAMILY: "FAMILY",
    socket.EAI_ADDRFAMILY: "FAMILY",
}

# The usual services; the numbers are the same everywhere.
PORTS = {
    "http": 80, "ftp": 21, "ftp-data": 20, "nntp": 119, "smtp": 25, "telnet": 23, "pop3": 110, "gopher": 70,
}

print("host", socket.gethostname())
for line in sys.stdin:
    host, service, family = line.split()
    if service in PORTS:
        port = PORTS[service]
    elif service.isdigit() and int(service) <= 65535:
        port = int(service)
    else:
        print(host, service, "-> error SERVICE")
        continue
    try:
        answers = socket.getaddrinfo(host, None, FAMILIES[family], socket.SOCK_STREAM)
    except socket.gaierror as e:
        print(host, service, "-> error", REASONS.get(e.errno, "NONAME"))
        continue
    for family, _, _, _, sockaddr in answers:
        print(host, service, "->", WORDS[family], sockaddr[0], port)
