"""What poll, epoll and select say about one socket, asked several times.

    python3 readiness.py
"""

import os
import resource
import select
import socket

listener = socket.create_server(("127.0.0.1", 0))


def told(poll):
    """What it says at once."""
    return "ready" if poll.poll(0) else "nothing"


for name, flags in [("level", 0), ("edge", select.EPOLLET)]:
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    client.sendall(b"0123456789")
    server.recv(1, socket.MSG_PEEK)
    epoll = select.epoll()
    epoll.register(server, select.EPOLLIN | flags)
    print(f"{name}-triggered")
    print("  10 bytes have come:", told(epoll), told(epoll), told(epoll))
    server.recv(4)
    print("  4 of them are read:", told(epoll), told(epoll))
    client.sendall(b"x")
    server.recv(7, socket.MSG_PEEK | socket.MSG_WAITALL)
    print("  1 more has come:   ", told(epoll), told(epoll))
    server.recv(7)
    print("  all is read:       ", told(epoll))

# select has one bit for each of the numbers from 0 to 1023, and no more. In C
# nobody checks that, and the bit of number 1040 is in somebody else's memory.
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(2048, most), most))
client.sendall(b"x")
server.recv(1, socket.MSG_PEEK)
os.dup2(server.fileno(), 1040)
print("descriptor 1040")
try:
    select.select([1040], [], [], 0)
except ValueError as error:
    print("  select:", error)
poll = select.poll()
poll.register(1040, select.POLLIN)
print("  poll:  ", told(poll))
