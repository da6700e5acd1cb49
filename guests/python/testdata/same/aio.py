import asyncio
import os
import signal
import socket


async def upper(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def streams():
    server = await asyncio.start_server(upper, 'localhost', 0, family=socket.AF_INET)
    host, port = server.sockets[0].getsockname()
    print(host, len(server.sockets), server.is_serving())

    async def client(i):
        reader, writer = await asyncio.open_connection('localhost', port)
        writer.write(b'client %d\n' % i)
        await writer.drain()
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer
    print(await asyncio.gather(*[client(i) for i in range(50)]) == [b'CLIENT %d\n' % i for i in range(50)])
    reader, writer = await asyncio.open_connection('127.0.0.1', port)
    try:
        await asyncio.wait_for(reader.readline(), 0.05)
    except TimeoutError as e:
        print(repr(e))
    writer.write_eof()
    print(await reader.read(), writer.get_extra_info('peername') == (host, port))
    writer.close()
    server.close()
    await server.wait_closed() if False else None


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data * 2, address)


class Ask(asyncio.DatagramProtocol):
    def __init__(self, answer):
        self.answer = answer

    def connection_made(self, transport):
        transport.sendto(b'ping ')

    def datagram_received(self, data, address):
        self.answer.set_result(data)


async def datagrams():
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(Echo, local_addr=('127.0.0.1', 0))
    answer = loop.create_future()
    client, _ = await loop.create_datagram_endpoint(lambda: Ask(answer), remote_addr=server.get_extra_info('sockname'))
    print(await asyncio.wait_for(answer, 5))
    client.close()
    server.close()


async def low_level():
    loop = asyncio.get_running_loop()
    listener = socket.create_server(('127.0.0.1', 0))
    listener.setblocking(False)
    s = socket.socket()
    s.setblocking(False)
    _, (conn, _) = await asyncio.gather(loop.sock_connect(s, listener.getsockname()), loop.sock_accept(listener))
    await loop.sock_sendall(s, b'low level')
    print(await loop.sock_recv(conn, 100))
    room = bytearray(10)
    got = asyncio.create_task(loop.sock_recv_into(conn, room))
    await asyncio.sleep(0.01)
    await loop.sock_sendall(s, bytes(5))
    print(await got, room)
    a, b = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=a)
    b.send(b'unix\n')
    print(await reader.readline())
    writer.close()
    infos = await loop.getaddrinfo('localhost', 80, family=socket.AF_INET, type=socket.SOCK_STREAM)
    print(infos, await loop.getnameinfo(('127.0.0.1', 80)))
    print(await loop.run_in_executor(None, sum, [1, 2, 3]), await asyncio.to_thread(max, 4, 5))
    try:
        await loop.run_in_executor(None, int, 'x')
    except ValueError as e:
        print(e)
    try:
        await asyncio.open_connection('127.0.0.1', listener.getsockname()[1] if listener.close() else 1)
    except ConnectionRefusedError as e:
        print(type(e).__name__)


async def tasks():
    order = []

    async def tick(name, pause):
        for _ in range(3):
            await asyncio.sleep(pause)
            order.append(name)
    await asyncio.gather(tick('a', 0.02), tick('b', 0.3))
    print(sorted(order), order[-1])
    queue = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        group.create_task(queue.put(1))
        print(await queue.get())
    try:
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()
    except TimeoutError:
        print('timeout')
    task = asyncio.create_task(asyncio.sleep(100))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print('cancelled')


async def unix_server():
    server = await asyncio.start_unix_server(upper, 'aio.sock')
    reader, writer = await asyncio.open_unix_connection('aio.sock')
    writer.write(b'path\n')
    print(await reader.readline())
    writer.close()
    server.close()


async def pipes():
    loop = asyncio.get_running_loop()
    r, w = os.pipe()
    reader = asyncio.StreamReader()
    incoming, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), open(r, 'rb'))
    outgoing, _ = await loop.connect_write_pipe(asyncio.Protocol, open(w, 'wb'))
    outgoing.write(b'through a pipe\n')
    print(await reader.readline())
    outgoing.close()
    print(await reader.read())
    incoming.close()


async def refused():
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    try:
        await loop.run_in_executor(None, pipes)
    except TypeError:
        print('no coroutines in threads')
    try:
        loop.add_signal_handler(signal.SIGKILL, print)
    except RuntimeError as e:
        print(e)


# The second server of a path takes the place of the first's socket.
for part in streams, datagrams, low_level, tasks, unix_server, unix_server, pipes, refused:
    print(part.__name__)
    asyncio.run(part())
os.unlink('aio.sock')
loop = asyncio.new_event_loop()
loop.call_later(0.01, loop.stop)
loop.call_soon(print, 'soon')
loop.run_forever()
loop.close()
print(type(loop).__name__, loop.is_closed())
