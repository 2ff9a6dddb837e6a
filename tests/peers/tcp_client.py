"""The TCP client that the course started from: sends a text and reads once.

    python3 tcp_client.py [HOST:PORT [TEXT [HOW_OFTEN]]]
"""

import socket
import sys

address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8888"
text = sys.argv[2] if len(sys.argv) > 2 else "加油"
how_often = int(sys.argv[3]) if len(sys.argv) > 3 else 1
host, port = address.split(":")

for _ in range(how_often):
    client = socket.socket()
    client.connect((host, int(port)))
    client.send(text.encode("gb2312"))
    reply = client.recv(1024)
    print(reply.decode("gb2312", errors="replace"))
    client.close()
