"""phone, with asyncio."""
import asyncio
import sys


async def main(port):
    done = asyncio.Event()

    async def serve(reader, writer):
        server.close()
        print("call from %s:%d" % writer.get_extra_info("peername")[:2])
        writer.write((await reader.read(1000)).upper())
        await writer.drain()
        writer.close()
        done.set()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    await done.wait()


asyncio.run(main(int(sys.argv[1])))
