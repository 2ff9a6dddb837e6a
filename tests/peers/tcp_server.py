"""The TCP server that the course started from: reads once, replies, closes.

    python3 tcp_server.py [PORT]
"""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 8888

server = socket.socket()
server.bind(("127.0.0.1", port))
server.listen(5)
print(f"listening on 127.0.0.1:{server.getsockname()[1]}", flush=True)

while True:
    client, address = server.accept()
    request = client.recv(1024)
    print(address, request.decode("gb2312", errors="replace"))
    client.send(b"HTTP/1.1 200 OK \r\n\r\n")
    client.send("<h1> 一起加油 !!!</h1>".encode("gb2312"))
    client.close()
