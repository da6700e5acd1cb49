"""resolve: turns names and services into addresses and ports.

TODO: this program knows one name, one service and one address by heart. Ask
the resolver instead, and print all that it answers.
"""
import socket
import sys

# The third word of a line, and what getaddrinfo wants to be given for it.
FAMILIES = {"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}

# The family of an answer, and the word for it.
WORDS = {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}

# TODO: the name of this host; the system knows it.
print("host", "localhost")

for line in sys.stdin:
    host, service, family = line.split()

    # TODO: socket.getaddrinfo(host, service, family, type) returns a list of
    # answers, or raises a socket.gaierror whose errno is socket.EAI_NONAME,
    # socket.EAI_SERVICE, socket.EAI_ADDRFAMILY … Each answer has five parts: the
    # first is its family, the last its address, where [0] is the IP and [1] the
    # port.
    print(host, service, "->", WORDS[socket.AF_INET], "127.0.0.1", 80)
