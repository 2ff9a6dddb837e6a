"""What the benchmark measures of ours, in Python, with the same words.

    datagrams.py turns WAY WAY SIZE SECONDS          both ends in turns
    datagrams.py receive WAY SIZE WINDOW             until it is ended
    datagrams.py send WAY ADDR SIZE WINDOW SECONDS   see pair.rs
    datagrams.py serve WAY                           answers each with ok

A WAY is python or python-connected.
"""

import socket
import statistics
import struct
import sys
import time

MOST = 64
ROOM = 2048
CONNECTED = "python-connected"


def bind():
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    # Nobody waits for ever. Not settimeout, which asks poll before each call.
    if sys.platform == "linux":
        seconds = struct.pack("@ll", 5, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds)
    return sock


def say_where(sock):
    ip, port = sock.getsockname()
    print(f"receiving on {ip}:{port}", flush=True)


def turns(way, other, size, seconds):
    size, seconds = int(size), float(seconds)
    sender, receiver = bind(), bind()
    addr = receiver.getsockname()
    is_connected = way == CONNECTED
    if is_connected:
        sender.connect(addr)
        receiver.connect(sender.getsockname())
    datagram = b"U" * size
    clock = time.perf_counter
    sending, receiving = [], []
    start = begin = clock()
    while begin - start < seconds:
        if is_connected:
            for _ in range(MOST):
                sender.send(datagram)
        else:
            for _ in range(MOST):
                sender.sendto(datagram, addr)
        middle = clock()
        if is_connected:
            for _ in range(MOST):
                assert len(receiver.recv(ROOM)) == size
        else:
            for _ in range(MOST):
                assert len(receiver.recvfrom(ROOM)[0]) == size
        end = clock()
        sending.append(middle - begin)
        receiving.append(end - middle)
        begin = end
    # Of all turns together, if each had taken the median.
    count = len(sending)
    sending = statistics.median(sending) * count
    receiving = statistics.median(receiving) * count
    count *= MOST
    whole = sending + receiving
    print(f"{count} {whole} {sending} {count},", end=" ")
    print(f"{count} {whole} {receiving} {count}")


def receive(way, size, window):
    size, half = int(size), int(window) // 2
    sock = bind()
    say_where(sock)
    _, peer = sock.recvfrom(1)
    is_connected = way == CONNECTED
    if is_connected:
        sock.connect(peer)
    start, cpu = time.perf_counter(), time.process_time()
    received = 0
    sock.sendto(b"", peer)
    while True:
        if is_connected:
            datagram = sock.recv(ROOM)
        else:
            datagram, _ = sock.recvfrom(ROOM)
        if not datagram:
            break
        assert len(datagram) == size
        received += 1
        if half and received % half == 0:
            sock.sendto(b"", peer)
    seconds = time.perf_counter() - start
    cpu = time.process_time() - cpu
    report = f"{received} {seconds} {cpu} {received + 1}"
    while True:
        sock.sendto(report.encode(), peer)
        sock.recvfrom(ROOM)


def send(way, addr, size, window, seconds):
    size, window, seconds = int(size), int(window), float(seconds)
    ip, port = addr.split(":")
    to = (ip, int(port))
    sock = bind()
    sock.sendto(b"", to)
    sock.recv(200)
    is_connected = way == CONNECTED
    if is_connected:
        sock.connect(to)
    datagram = b"U" * size
    sent = answered = 0
    start, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        for _ in range(MOST):
            if window and sent + 1 - answered > window:
                sock.recv(200)
                answered += window // 2
            if is_connected:
                sock.send(datagram)
            else:
                sock.sendto(datagram, to)
            sent += 1
    while window and answered + window // 2 <= sent:
        sock.recv(200)
        answered += window // 2
    whole = time.perf_counter() - start
    cpu = time.process_time() - cpu
    sock.settimeout(0.005)
    report = b""
    while not report:
        sock.sendto(b"", to)
        try:
            report = sock.recv(200)
        except TimeoutError:
            if time.perf_counter() - start > seconds + 5:
                raise
    print(f"{sent} {whole} {cpu} {sent}, {report.decode()}")


def serve(way):
    sock = bind()
    say_where(sock)
    if way == CONNECTED:
        _, peer = sock.recvfrom(ROOM)
        sock.connect(peer)
        sock.send(b"ok")
        while True:
            sock.recv(ROOM)
            sock.send(b"ok")
    while True:
        _, peer = sock.recvfrom(ROOM)
        sock.sendto(b"ok", peer)


ACTS = {"turns": turns, "receive": receive, "send": send, "serve": serve}
ACTS[sys.argv[1]](*sys.argv[2:])
