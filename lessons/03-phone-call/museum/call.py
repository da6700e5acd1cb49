"""A museum piece: the caller that stands beside the phone in some tutorials.

It has never run. How many addresses is ("127.0.0.1", 9000)?
"""
import socket
import sys

phone = socket.socket(socket.AF_INET, socket.SOCK_STREAM)  # buy a phone
phone.connect(sys.argv[1], int(sys.argv[2]))               # dial
phone.send(sys.argv[3])                                    # speak
print(phone.recv(1024))                                    # listen
phone.close()                                              # hang up
