"""call with asyncio."""
import asyncio
import sys


async def call(host, port, message):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(message.encode())
    await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


answer = asyncio.run(call(*sys.argv[1:]))
if not answer:
    print("nobody said a word", file=sys.stderr)
    sys.exit(1)
print(answer.decode())
