"""A service that takes times while the process runs."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from twisted.application.service import Service

if TYPE_CHECKING:
    from piped.observe.metrics import Metrics

__all__ = ["Timing"]


class Timing(Service):
    """Watches all pipelines from its start to its stop."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._attached = ExitStack()

    def startService(self) -> None:
        super().startService()
        self._attached.enter_context(self._metrics.attached())

    def stopService(self) -> None:
        super().stopService()
        self._attached.close()
