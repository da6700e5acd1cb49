"""Coroutines: many callers at once, which the contract allows."""
import asyncio
import sys


async def serve(reader, writer):
    try:
        while data := await reader.read(4096):
            writer.write(data.upper())
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
