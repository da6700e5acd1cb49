# expect: b1 ENDED_FIRST
import socket, sys
def main():
    s = socket.socket()
    s.bind(("127.0.0.1", int(sys.argv[1])))
    s.listen()
    conn, addr = s.accept()
    print(f"call from {addr[0]}:{addr[1]}")
    conn.sendall(conn.recv(1024).upper())
    conn.close()
