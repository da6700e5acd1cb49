# expect: c1 HOST_LINE, c2 HOST_LINE, c3 HOST_LINE, c4 HOST_LINE
"""resolve, which says its name for each line."""
import socket
import sys

FAMILIES = {"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
WORDS = {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}
REASONS = {socket.EAI_SERVICE: "SERVICE", socket.EAI_FAMILY: "FAMILY", socket.EAI_ADDRFAMILY: "FAMILY"}

for line in sys.stdin:
    print("host", socket.gethostname())
    host, service, family = line.split()
    try:
        answers = socket.getaddrinfo(host, service, FAMILIES[family], socket.SOCK_STREAM)
    except socket.gaierror as e:
        print(host, service, "-> error", REASONS.get(e.errno, "NONAME"))
        continue
    for kind, _, _, _, address in answers:
        print(host, service, "->", WORDS[kind], address[0], address[1])
