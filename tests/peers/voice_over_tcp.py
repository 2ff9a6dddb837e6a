"""A voice over the kernel's own TCP, on a link that delays and loses.

    python3 voice_over_tcp.py LOSS [CONGESTION_CONTROL]

The link is a tun device: what is routed to 10.0.0.2 comes out here, and goes
back in with the two addresses swapped, so that it is this machine that answers.
It needs a network of its own (Linux: `unshare --net`). Ten voices speak for six
seconds over TCP, 50 frames a second each. Prints how many frames came later
than so long after they were sent.
"""

import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import sys
import threading
import time

DELAY, JITTER = 0.040, 0.010
VOICES, FRAMES, FRAME = 10, 300, 332
PLAYOUTS = (100, 150, 200)
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
TCP, TCP_CONGESTION, SYN = 6, 13, 0x02


def link(tun, loss):
    """Takes each packet, drops it or sends it back in, later."""
    lots, flying, number = random.Random(1), [], 0
    while True:
        wait = max(0, flying[0][0] - time.monotonic()) if flying else None
        if select.select([tun], [], [], wait)[0]:
            packet = os.read(tun, 2000)
            is_tcp = packet[0] >> 4 == 4 and packet[9] == TCP
            # The handshake passes: the experiment is about what comes after.
            passes = is_tcp and packet[33] & SYN
            if is_tcp and (passes or lots.random() >= loss):
                swapped = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
                at = time.monotonic() + DELAY + lots.uniform(-JITTER, JITTER)
                heapq.heappush(flying, (at, number, swapped))
                number += 1
        while flying and flying[0][0] <= time.monotonic():
            os.write(tun, heapq.heappop(flying)[2])


def hear(listener, took):
    """Reads one voice and notes how long each frame was under way."""
    stream = listener.accept()[0].makefile("rb")
    while frame := stream.read(FRAME):
        (sent,) = struct.unpack("d", frame[:8])
        took.append(time.monotonic() - sent)


def main(loss, congestion="cubic"):
    tun = os.open("/dev/net/tun", os.O_RDWR)
    request = struct.pack("16sH", b"voice0", IFF_TUN | IFF_NO_PI)
    fcntl.ioctl(tun, TUNSETIFF, request)
    for command in ("addr add 10.0.0.1/24 dev voice0", "link set voice0 up",
                    "link set lo up"):
        subprocess.run(["ip", *command.split()], check=True)
    threading.Thread(target=link, args=(tun, float(loss)), daemon=True).start()

    listener = socket.create_server(("10.0.0.1", 0), backlog=VOICES)
    server, took = ("10.0.0.2", listener.getsockname()[1]), []
    hearing = [threading.Thread(target=hear, args=(listener, took))
               for _ in range(VOICES)]
    for thread in hearing:
        thread.start()
    voices = []
    for _ in range(VOICES):
        voice = socket.socket()
        voice.setsockopt(TCP, TCP_CONGESTION, congestion.encode())
        voice.setsockopt(TCP, socket.TCP_NODELAY, 1)
        voice.connect(server)
        voices.append(voice)
    start = time.monotonic()
    for number in range(FRAMES):
        moment = start + number * 0.020
        time.sleep(max(0, moment - time.monotonic()))
        for voice in voices:
            voice.sendall(struct.pack("d", moment).ljust(FRAME, b"\0"))
    for voice in voices:
        voice.shutdown(socket.SHUT_WR)
    for thread in hearing:
        thread.join()
    print(f"{len(took)} frames")
    for playout in PLAYOUTS:
        late = sum(time > playout / 1000 for time in took)
        print(f"{100 * late / len(took):.1f} % after {playout} ms")


main(*sys.argv[1:])
