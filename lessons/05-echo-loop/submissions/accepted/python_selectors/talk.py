import socket, sys
try:
    with socket.create_connection((sys.argv[1], sys.argv[2])) as s:
        for line in sys.stdin.buffer.read().splitlines():
            if line:
                for i in range(len(line)):
                    s.send(line[i:i+1])
                got = bytearray(len(line))
                view = memoryview(got)
                while view:
                    n = s.recv_into(view)
                    if not n:
                        raise SystemExit(1)
                    view = view[n:]
                sys.stdout.buffer.write(bytes(got) + b"\n")
except ConnectionError:
    raise SystemExit(1)
