import socketserver


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)


class Server(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 64


with Server(('127.0.0.1', 0), Echo) as server:
    print(server.server_address[1])
    server.serve_forever()
