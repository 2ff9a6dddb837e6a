"""Sends datagrams that may not be cut into fragments (Linux).

    python3 dont_fragment.py IP PORT LENGTH...
"""

import errno
import socket
import sys

# The kernel's numbers, from linux/in.h and linux/in6.h: not all versions of
# Python have names for them.
IP_MTU_DISCOVER = 10
IPV6_MTU_DISCOVER = 23
PMTUDISC_DO = 2

ip, port = sys.argv[1], int(sys.argv[2])
if ":" in ip:
    sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_DO)
else:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DO)

for length in map(int, sys.argv[3:]):
    try:
        sender.sendto(bytes(length), (ip, port))
        print(length, "sent")
    except OSError as error:
        print(length, errno.errorcode[error.errno])
