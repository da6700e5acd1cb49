"""phone with asyncio."""
import asyncio
import sys


async def main(port):
    over = asyncio.Event()

    async def talk(reader, writer):
        server.close()
        ip, caller = writer.get_extra_info("peername")
        print(f"call from {ip}:{caller}")
        data = await reader.read(65536)
        writer.write(data.upper())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        over.set()

    server = await asyncio.start_server(talk, "127.0.0.1", port)
    await over.wait()


asyncio.run(main(int(sys.argv[1])))
