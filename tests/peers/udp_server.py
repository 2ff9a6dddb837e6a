"""The UDP server that the course started from: answers each datagram with ok.

    python3 udp_server.py [PORT]
"""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 8003

server = socket.socket(type=socket.SOCK_DGRAM)
server.bind(("127.0.0.1", port))
print(f"receiving on 127.0.0.1:{server.getsockname()[1]}", flush=True)

while True:
    datagram, address = server.recvfrom(1024)
    print("recv:", datagram.decode("utf-8", errors="replace"), address)
    server.sendto(b"ok", address)
