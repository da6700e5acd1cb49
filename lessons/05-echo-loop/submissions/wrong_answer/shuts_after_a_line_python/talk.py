# expect: k1 SHUT
"""talk HOST PORT: sends each line of standard input, prints each answer."""
import socket
import sys


def read_exactly(conn, n):
    """The next n bytes, or fewer if the other side hangs up before."""
    got = b""
    while len(got) < n:
        more = conn.recv(n - len(got))
        if not more:
            break
        got += more
    return got


with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as conn:
    for line in sys.stdin:
        text = line.rstrip("\n").encode()
        if not text:
            continue
        try:
            conn.sendall(text)
            conn.shutdown(socket.SHUT_WR)
            answer = read_exactly(conn, len(text))
        except ConnectionError:
            answer = b""
        if len(answer) < len(text):
            print("the server has hung up", file=sys.stderr)
            sys.exit(1)
        print(answer.decode(errors="surrogateescape"))
