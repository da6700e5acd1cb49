# expect: c1 ANSWER_UNTOLD, c2 ANSWER_UNTOLD, c3 ANSWER_UNTOLD, c4 ANSWER_UNTOLD
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

print("host", socket.gethostname())
seen = set()
for line in sys.stdin:
    host, service, family = line.split()
    try:
        answers = socket.getaddrinfo(host, service, FAMILIES[family], socket.SOCK_STREAM)
    except socket.gaierror as e:
        print(host, service, "-> error", REASONS.get(e.errno, "NONAME"))
        continue
    for family, _, _, _, sockaddr in answers:
        if sockaddr[0] in seen:
            continue
        seen.add(sockaddr[0])
        print(host, service, "->", WORDS[family], sockaddr[0], sockaddr[1])
