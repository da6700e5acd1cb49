"""call, with asyncio."""
import asyncio
import sys


async def main(host, port, message):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(message.encode())
    await writer.drain()
    answer = await reader.read()
    writer.close()
    if not answer:
        return 1
    print(answer.decode())
    return 0


sys.exit(asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
