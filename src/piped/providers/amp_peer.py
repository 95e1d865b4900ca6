"""One connection of AMP: what clients and servers have in common."""

from __future__ import annotations

from typing import Any

from twisted.protocols import amp

__all__ = ["AMPPeer"]

_ANYBODY = b"piped.anybody-there"  # a command that nobody knows


class AMPPeer(amp.AMP):
    """Can tell whether somebody is there, as a `heartbeat.Peer`."""

    transport: Any
    has_spoken = True

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self.has_spoken = True
        super().dataReceived(data)

    def ask(self) -> None:
        """Say something that is answered: that there is no such command."""
        try:
            self.callRemoteString(_ANYBODY).addErrback(lambda _: None)
        except amp.ProtocolSwitched:
            self.has_spoken = True  # it speaks something else now, in which nothing is asked
