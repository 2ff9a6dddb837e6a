"""Runs a program on a terminal of its own, and types for it.

    python3 on_a_terminal.py PROGRAM [ARGUMENT ...] < LINES

Each line is typed when the program has put its prompt `>>:` on the terminal,
and Ctrl-D when there are no more. What a person would see goes to standard
output, as it comes. The exit code is the program's.
"""

import os
import pty
import signal
import sys

program = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    # Whoever ignores it (nohup) hands that down, and then a program would
    # outlive its terminal.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.execvp(program[0], program)

keys = [*sys.stdin.buffer, b"\x04"]
shown = b""
while True:
    try:
        piece = os.read(terminal, 1024)
    except OSError:  # Linux: the program has gone, and nobody else is there.
        break
    if not piece:  # The same on macOS.
        break
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
    shown += piece
    # What is typed shows up too. The prompt at the very end means that the
    # program waits.
    if keys and shown.endswith(b">>:"):
        os.write(terminal, keys.pop(0))
        shown = b""
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
