"""Coroutines."""
import asyncio
import sys


async def fetch(host, port, size):
    reader, writer = await asyncio.open_connection(host, port)
    text = bytearray()
    while not reader.at_eof():
        text += await reader.read(size)
    writer.close()
    return text.decode()


try:
    text = asyncio.run(fetch(sys.argv[1], sys.argv[2], int(sys.argv[3])))
except ConnectionError:
    sys.exit(1)
print(text, end="")
