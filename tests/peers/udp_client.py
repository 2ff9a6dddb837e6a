"""The UDP client that the course started from: a line is a datagram.

    python3 udp_client.py [HOST:PORT]
"""

import socket
import sys

address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8003"
host, port = address.split(":")

client = socket.socket(type=socket.SOCK_DGRAM)
while True:
    try:
        line = input(">>:")
    except EOFError:
        break
    client.sendto(line.encode("utf-8"), (host, int(port)))
    answer, server = client.recvfrom(1024)
    print(answer.decode("utf-8"))
