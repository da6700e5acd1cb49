"""Coroutines."""
import asyncio
import sys


async def main():
    reader, writer = await asyncio.open_connection(sys.argv[1], int(sys.argv[2]))
    for line in sys.stdin:
        text = line.rstrip("\n").encode()
        if not text:
            continue
        writer.write(text)
        await writer.drain()
        try:
            answer = await reader.readexactly(len(text))
        except (asyncio.IncompleteReadError, ConnectionError):
            return 1
        print(answer.decode())
    writer.close()
    return 0


sys.exit(asyncio.run(main()))
