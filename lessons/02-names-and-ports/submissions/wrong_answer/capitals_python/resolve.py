# expect: c1 LINE_FORM, c2 LINE_FORM
"""resolve, with IPv4 and IPv6 in capitals."""
import socket
import sys

FAMILIES = {"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
WORDS = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
REASONS = {socket.EAI_SERVICE: "SERVICE", socket.EAI_FAMILY: "FAMILY", socket.EAI_ADDRFAMILY: "FAMILY"}

print("host", socket.gethostname())
for line in sys.stdin:
    host, service, family = line.split()
    try:
        answers = socket.getaddrinfo(host, service, FAMILIES[family], socket.SOCK_STREAM)
    except socket.gaierror as e:
        print(host, service, "-> error", REASONS.get(e.errno, "NONAME"))
        continue
    for kind, _, _, _, address in answers:
        print(host, service, "->", WORDS[kind], address[0], address[1])
