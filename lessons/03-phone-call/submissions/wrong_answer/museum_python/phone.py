# expect: b1 ADDR_PORT
# A phone, as many tutorials begin.
import socket

phone = socket.socket(socket.AF_INET, socket.SOCK_STREAM)   # buy a phone
phone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
phone.bind(("127.0.0.1", 9000))                             # its number
phone.listen(5)                                             # switch it on
while True:
    conn, addr = phone.accept()                             # wait for a call
    print("call from", addr)
    msg = conn.recv(1024)                                   # listen
    print("they say:", msg)
    conn.send(msg.upper())                                  # speak
