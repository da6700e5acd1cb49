import select
import socket

server = socket.create_server(('127.0.0.1', 0), backlog=64)
server.setblocking(False)
print(server.getsockname()[1])
epoll = select.epoll()
epoll.register(server.fileno(), select.EPOLLIN)
connections, waiting = {}, {}
while True:
    for fd, event in epoll.poll(1):
        if fd == server.fileno():
            conn, address = server.accept()
            conn.setblocking(False)
            epoll.register(conn.fileno(), select.EPOLLIN | select.EPOLLET)
            connections[conn.fileno()], waiting[conn.fileno()] = conn, b''
        elif event & select.EPOLLIN:
            try:
                while True:
                    data = connections[fd].recv(100)
                    if not data:
                        epoll.unregister(fd)
                        connections.pop(fd).close()
                        break
                    waiting[fd] += data
                    epoll.modify(fd, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
            except BlockingIOError:
                pass
        elif event & select.EPOLLOUT:
            waiting[fd] = waiting[fd][connections[fd].send(waiting[fd]):]
            if not waiting[fd]:
                epoll.modify(fd, select.EPOLLIN | select.EPOLLET)
        elif event & select.EPOLLHUP:
            epoll.unregister(fd)
            connections.pop(fd).close()
