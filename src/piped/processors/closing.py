"""What is closed when the process stops."""

from __future__ import annotations

from collections.abc import Callable

from twisted.application.service import Service

__all__ = ["Closing"]


class Closing(Service):
    """Calls a function when it is stopped, and does nothing else."""

    def __init__(self, close: Callable[[], object]) -> None:
        self._close = close

    def stopService(self) -> None:
        super().stopService()
        self._close()
