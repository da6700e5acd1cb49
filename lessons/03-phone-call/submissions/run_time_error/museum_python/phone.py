"""A museum piece: a phone as many tutorials begin.

Call it, and it answers. How does the caller know that it has said everything?
"""
import socket

phone = socket.socket(socket.AF_INET, socket.SOCK_STREAM)  # buy a phone
phone.bind(("127.0.0.1", 9000))                            # its number
phone.listen(5)                                            # switch it on
while True:
    conn, addr = phone.accept()                            # wait for a call
    print("call from", addr)
    message = conn.recv(1024)                              # listen
    print("they say:", message)
    conn.send(message.upper())                             # speak
