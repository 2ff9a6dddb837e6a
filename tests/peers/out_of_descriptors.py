"""A server without descriptors that tries again at once, as many do.

    python3 out_of_descriptors.py
"""

import errno
import resource
import select
import socket

listener = socket.create_server(("127.0.0.1", 0))
clients = [socket.create_connection(listener.getsockname()) for _ in range(10)]
accepted = []


def limit(new_ones):
    """Allows this program so many descriptors more than it has for itself."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    own = clients[-1].fileno() + 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (own + new_ones, most))


def accept_all(failures):
    """Accepts until it has failed so many times, and says why, once."""
    reason = None
    while failures > 0:
        try:
            accepted.append(listener.accept())
        except OSError as error:
            reason = errno.errorcode[error.errno]
            failures -= 1
    return reason


limit(4)
print("4 descriptors, 10 clients:", accept_all(1000), "1000 times in a row")
print("accepted:", len(accepted))
poll = select.poll()
poll.register(listener, select.POLLIN)
print("the listener is", "ready" if poll.poll(0) else "not ready")

accepted.pop(0)[0].close()
print("one closed:", accept_all(1))
print("accepted:", len(accepted) + 1)

limit(20)
listener.setblocking(False)
print("more allowed:", accept_all(1))
print("accepted:", len(accepted) + 1)
