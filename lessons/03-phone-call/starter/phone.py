"""phone PORT: takes one call, answers in capital letters, hangs up.

TODO: switch the phone on, accept a call, print who calls, hear, answer, hang up.
"""
import socket
import sys

port = int(sys.argv[1])

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", port))
# TODO: listen, accept, print "call from IP:PORT", recv, send, close
