# expect: s1 ANSWER_TOO_LATE
"""upper PORT: answers every caller in capital letters."""
import socket
import sys

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(5)
while True:
    conn, caller = listener.accept()
    with conn:
        try:
            heard = b""
            while data := conn.recv(1024):
                heard += data
            conn.sendall(heard.upper())
        except ConnectionError:
            pass  # this caller is gone; the next one is not
