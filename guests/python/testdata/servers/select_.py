import select
import socket

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(('127.0.0.1', 0))
server.listen(64)
server.setblocking(False)
print(server.getsockname()[1])
inputs, outputs, waiting = [server], [], {}
while inputs:
    readable, writable, exceptional = select.select(inputs, outputs, inputs)
    for s in readable:
        if s is server:
            conn, address = s.accept()
            conn.setblocking(False)
            inputs.append(conn)
            waiting[conn] = b''
            continue
        data = s.recv(1024)
        if data:
            waiting[s] += data
            if s not in outputs:
                outputs.append(s)
        else:
            if s in outputs:
                outputs.remove(s)
            inputs.remove(s)
            s.close()
            del waiting[s]
    for s in writable:
        if s in waiting:
            sent = s.send(waiting[s])
            waiting[s] = waiting[s][sent:]
            if not waiting[s]:
                outputs.remove(s)
    for s in exceptional:
        inputs.remove(s)
