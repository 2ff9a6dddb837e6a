"""One thread and an event loop: asyncio's own, or uvloop's.

    asyncio_echo.py IP echo [--uvloop]    sends back what comes (RFC 862)
    asyncio_echo.py IP page [--uvloop]    reads once, sends 42 bytes, closes
"""

import asyncio
import sys

PAGE = "HTTP/1.1 200 OK \r\n\r\n<h1> 一起加油 !!!</h1>".encode("gb2312")


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class Page(Echo):
    def data_received(self, data):
        self.transport.write(PAGE)
        self.transport.close()


async def main(ip, dialogue):
    loop = asyncio.get_running_loop()
    protocol = Page if dialogue == "page" else Echo
    server = await loop.create_server(protocol, ip, 0, backlog=1024)
    ip, port = server.sockets[0].getsockname()
    print(f"listening on {ip}:{port}", flush=True)
    await server.serve_forever()


arguments = sys.argv[1:]
if "--uvloop" in arguments:
    import uvloop

    arguments.remove("--uvloop")
    run = uvloop.run
else:
    run = asyncio.run
run(main(*arguments))
