"""Names for addresses and for ports, and back."""

import socket

EAI = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}

for *_, (host, port) in socket.getaddrinfo("localhost", "http", socket.AF_INET, socket.SOCK_STREAM):
    print(f"localhost and http: {host}:{port}")
for *_, (host, port) in socket.getaddrinfo(None, "8080", socket.AF_INET, socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
    print(f"to bind to: {host}:{port}")
try:
    socket.getaddrinfo("localhost", "http", socket.AF_INET, socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
except socket.gaierror as e:
    print("localhost as a number:", EAI[e.errno])

node, service = socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST)
print("127.0.0.1:80 is", service, "at", node)
print("domain has port", socket.getservbyname("domain", "udp"))
print("port 443 is", socket.getservbyport(443, "tcp"))
