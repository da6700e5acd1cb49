"""The same with socketserver: its loop is the outer one."""
import socketserver
import sys


class Caller(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(7):  # any size will do
                self.request.sendall(data.upper())
        except OSError:
            pass


class Server(socketserver.TCPServer):
    allow_reuse_address = True


with Server(("127.0.0.1", int(sys.argv[1])), Caller) as server:
    server.serve_forever()
