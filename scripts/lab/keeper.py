"""Run one program, and end it when the one who asked for it is gone.

Started as a process of its own: `python keeper.py PROGRAM ARGUMENT...`. It prints the program's process id,
then waits until either the program ends or its own standard input is closed, which also happens when the
parent dies in whatever way. It imports nothing of the package and needs no site folder, so it starts quickly.
"""

import ctypes
import os
import resource
import select
import signal
import subprocess
import sys

GRACE_SECONDS = 4.0
OPEN_FILES = 65_536
PR_SET_PDEATHSIG = 1


def _raise_file_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def main(command: list[str]) -> int:
    """Start the command and stay until it ends; return its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _raise_file_limit()
    libc = ctypes.CDLL(None)
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        # The keeper itself may be killed: then the kernel ends the program.
        preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509 - one thread only here
    )
    print(child.pid, flush=True)
    ended = os.pidfd_open(child.pid)
    readable, _, _ = select.select([ended, 0], [], [])
    if ended not in readable:
        _end(child)
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
