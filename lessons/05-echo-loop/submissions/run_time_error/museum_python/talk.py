"""A museum piece: the client to it.

It works when you try it. What if an answer comes in two pieces? What if you
press return on an empty line?
"""
import socket
import sys

client = socket.socket()
client.connect((sys.argv[1], int(sys.argv[2])))
while True:
    try:
        text = input()
    except EOFError:
        break
    client.send(text.encode())
    print(client.recv(1024).decode())
client.close()
