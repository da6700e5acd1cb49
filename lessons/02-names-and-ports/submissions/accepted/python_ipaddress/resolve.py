"""resolve that looks services up by themselves, and asks each address what it is."""
import ipaddress
import socket


def port_of(service):
    try:
        port = int(service)
    except ValueError:
        return socket.getservbyname(service)  # an OSError if nobody knows it
    if port not in range(65536):
        raise OSError("no port")
    return port


def answers(host, service, family):
    try:
        port = port_of(service)
    except OSError:
        return ["error SERVICE"]
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        return ["error NONAME"]
    addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    wanted = [a for a in addresses if family in ("any", f"ipv{a.version}")]
    return [f"ipv{a.version} {a} {port}" for a in wanted] or ["error FAMILY"]


print(f"host {socket.gethostname()}")
try:
    while True:
        words = input().split()
        for answer in answers(*words):
            print(*words[:2], "->", answer)
except EOFError:
    pass
