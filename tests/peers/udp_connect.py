"""Two things about connect on UDP that are Linux's, and not in Rust's std.

    python3 udp_connect.py

To be told of errors without connect, there is an option. To undo connect there
is another connect, to an address of the family "none".
"""

import ctypes
import errno
import random
import socket
import struct

IP_RECVERR = 11
libc = ctypes.CDLL(None, use_errno=True)


def bound(address="127.0.0.1", port=0):
    """A UDP socket on that port, or on a free one."""
    udp = socket.socket(type=socket.SOCK_DGRAM)
    udp.bind((address, port))
    udp.settimeout(30)
    return udp


def bound_by_number():
    """A UDP socket that has asked for its port, as a server does."""
    while True:
        try:
            return bound("0.0.0.0", random.randrange(20000, 30000))
        except OSError:
            pass  # Somebody has that one.


def told(call, *arguments):
    """What a call says."""
    try:
        return call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]


def undo_connect(udp):
    """std's connect and socket2's cannot say this: 16 zeros, AF_UNSPEC."""
    if libc.connect(udp.fileno(), bytes(16), 16) != 0:
        raise OSError(ctypes.get_errno(), "connect")


# The port is taken, and its owner is connected to itself: to us nobody has it.
nobody = bound()
nobody.connect(nobody.getsockname())

udp = bound()
udp.setsockopt(socket.SOL_IP, IP_RECVERR, 1)
udp.sendto(b"hello", nobody.getsockname())
print("not connected, with IP_RECVERR")
print("  recv:", told(udp.recv, 99))
datagram, [(_, _, about)], _, to = udp.recvmsg(99, 99, socket.MSG_ERRQUEUE)
number, origin, kind, code = struct.unpack_from("=IBBB", about)
print("  the error queue:", errno.errorcode[number], "for", datagram)
print("  from ICMP:", origin == 2, "type", kind, "code", code)
print("  sent to nobody's address:", to == nobody.getsockname())

server, stranger = bound(), bound()
print("connected, and undone")
for kind, udp in ("given", bound_by_number()), ("free", bound("0.0.0.0")):
    port = udp.getsockname()[1]
    udp.connect(server.getsockname())
    undo_connect(udp)
    address, now = udp.getsockname()
    print("  a", kind, "port, afterwards:", "the same" if now == port else now)
    print("    send:", told(udp.send, b"hello"))
    if now == port:
        stranger.sendto(b"hello", ("127.0.0.1", port))
        print("    recv, from a stranger:", udp.recv(99))
