# The standard library's servers, driven from the same program by hand.
import http.client
import http.server
import io
import select
import socket
import socketserver
import urllib.request
import xmlrpc.client
import xmlrpc.server
import threading


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        sock.sendto(data[::-1], self.client_address)


with socketserver.TCPServer(('127.0.0.1', 0), Upper) as server:
    client = socket.create_connection(server.server_address)
    client.sendall(b'hello\nworld\n')
    client.shutdown(socket.SHUT_WR)
    server.handle_request()
    print(client.makefile('rb').read(), server.address_family, server.socket_type, server.allow_reuse_address)
    server.timeout = 0.05
    server.handle_timeout = lambda: print('nobody came')
    server.handle_request()

with socketserver.UDPServer(('127.0.0.1', 0), Datagram) as server:
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.sendto(b'stressed', server.server_address)
    server.handle_request()
    print(client.recv(100))


class Stop(Exception):
    pass


class Once(socketserver.TCPServer):
    served = 0

    def service_actions(self):
        if self.served == 2:
            raise Stop

    def process_request(self, request, address):
        self.served += 1
        super().process_request(request, address)


with Once(('127.0.0.1', 0), Upper) as server:
    clients = [socket.create_connection(server.server_address) for _ in range(2)]
    for c in clients:
        c.sendall(b'again\n')
        c.shutdown(socket.SHUT_WR)
    try:
        server.serve_forever(0.01)
    except Stop:
        print([c.recv(100) for c in clients])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        body = ('you asked for ' + self.path).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.send_header('Connection', 'close')
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.send_response(201)
        self.end_headers()
        self.wfile.write(body[::-1])
        self.close_connection = True

    def log_message(self, format, *args):
        print('log:', format % args)

    def version_string(self):
        return 'test'


with http.server.HTTPServer(('127.0.0.1', 0), Handler) as server:
    raw = socket.create_connection(server.server_address)
    raw.sendall(b'GET /page?x=1 HTTP/1.1\r\nHost: here\r\n\r\n')
    server.handle_request()
    response = http.client.HTTPResponse(raw)
    response.begin()
    print(response.status, response.reason, response.read(), response.getheader('Server'))
    raw = socket.create_connection(server.server_address)
    raw.sendall(b'POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nabcd')
    server.handle_request()
    print(raw.makefile('rb').read().splitlines()[0], server.server_port == server.server_address[1])

try:
    urllib.request.urlopen('http://127.0.0.1:%d/' % server.server_address[1], timeout=2)
except OSError as e:
    print(type(e).__name__, type(e.reason).__name__)

# A client of http.client whose server answers before it is asked.
listener = socket.create_server(('127.0.0.1', 0))
client = http.client.HTTPConnection('127.0.0.1', listener.getsockname()[1], timeout=5)
client.connect()
conn, _ = listener.accept()
client.request('GET', '/', headers={'Accept': 'text/plain'})
print(conn.recv(1000).decode().replace(str(listener.getsockname()[1]), 'PORT').splitlines())
conn.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n')
print(client.getresponse().read())
rpc = xmlrpc.server.SimpleXMLRPCServer(('127.0.0.1', 0), logRequests=False)
rpc.register_function(lambda a, b: a + b, 'add')
print(rpc._marshaled_dispatch(xmlrpc.client.dumps((2, 3), 'add').encode()).decode().split())
rpc.server_close()
print(threading.current_thread().name, threading.active_count())
