"""Whether what was sent over a connection still arrives."""

from __future__ import annotations

import socket
import struct
import sys
from typing import Any

__all__ = ["is_arriving"]

_LAST_ACK = 56  # where `struct tcp_info` has the milliseconds since the last one, as 32 bits


def is_arriving(transport: Any, within: float) -> bool:
    """Whether more waits to be sent, and the system at the other end took some in that time.

    Only Linux tells; elsewhere this is never so.
    """
    if sys.platform != "linux":
        return False
    found = _socket(transport)
    if found is None or not _waiting(found):
        return False
    told = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_ACK + 4)
    milliseconds: int = struct.unpack_from("=I", told, _LAST_ACK)[0]
    return milliseconds < 1000 * within


def _socket(transport: Any) -> socket.socket | None:
    from twisted.protocols.policies import ProtocolWrapper

    while isinstance(transport, ProtocolWrapper):  # as TLS is
        transport = transport.transport
    found = transport.getHandle() if hasattr(transport, "getHandle") else None
    if not isinstance(found, socket.socket) or found.fileno() < 0:
        return None
    return found if found.family in (socket.AF_INET, socket.AF_INET6) else None


def _waiting(found: socket.socket) -> int:
    """How many bytes have not arrived yet, of those that the system has."""
    from fcntl import ioctl
    from termios import TIOCOUTQ

    waiting: int = struct.unpack("=i", ioctl(found, TIOCOUTQ, bytes(4)))[0]
    return waiting
