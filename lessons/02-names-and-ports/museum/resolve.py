"""A museum piece: names and ports as many tutorials teach them.

resolve.py NAME SERVICE prints the address and the port. It works when you try
it: resolve.py localhost http. How many addresses has localhost? And which of
the ports would you like to bet on?
"""
import socket
import sys

PORTS = {"http": 80, "nntp": 119, "ftp": 20, "smtp": 25, "telnet": 23, "pop3": 110, "gopher": 70}

name, service = sys.argv[1:]
print(name, service, "->", socket.gethostbyname(name), PORTS[service])
