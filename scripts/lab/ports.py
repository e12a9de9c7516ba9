"""Which ports of the loopback interface are free?"""

import errno
import random
import socket

from lab.errors import LabError, PortTakenError

LOOPBACK = "127.0.0.1"
RTP_PORTS = 2000


def _bound(kind: socket.SocketKind, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, kind)
    if kind is socket.SOCK_STREAM:
        # A port whose last connection is still ageing is free for a server.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((LOOPBACK, port))
    except (OSError, OverflowError):
        sock.close()
        raise
    return sock


def is_free(kind: socket.SocketKind, port: int) -> bool:
    """Tell whether nobody listens on the port; raises LabError where it may not be used at all."""
    try:
        _bound(kind, port).close()
    except OverflowError as error:
        raise LabError(f"Port {port} on {LOOPBACK} cannot be used: ports go up to 65535.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise LabError(f"Port {port} on {LOOPBACK} cannot be used: {error.strerror}.") from error
    return True


def require_free(kind: socket.SocketKind, port: int, purpose: str) -> None:
    """Raise PortTakenError, which names the port, unless the port is free."""
    if not is_free(kind, port):
        raise PortTakenError(port, purpose)


def free_port(kind: socket.SocketKind) -> int:
    """Return a port that nobody uses at this moment."""
    with _bound(kind, 0) as sock:
        port: int = sock.getsockname()[1]
        return port


def rtp_range() -> tuple[int, int]:
    """Return the first and last port of a range for media, below the ports that systems hand out by themselves."""
    starts = list(range(10_000, 32_000, RTP_PORTS))
    random.shuffle(starts)
    for start in starts:
        if all(is_free(socket.SOCK_DGRAM, port) for port in range(start, start + RTP_PORTS, 100)):
            return start, start + RTP_PORTS - 1
    raise LabError("No range of ports is free for media: too many other programs use ports 10000 to 32000.")
