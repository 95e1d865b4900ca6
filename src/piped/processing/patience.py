"""How long a run may keep others from their turn of the event loop."""

from __future__ import annotations

import asyncio
from time import monotonic

__all__ = ["PATIENCE", "TURNS", "Patience"]

# In seconds, and how many turns of a loop go by before somebody looks at the clock.
PATIENCE = 0.004
TURNS = 8


class Patience:
    """That of one run, which begins when it is asked first."""

    __slots__ = ("_since",)

    def __init__(self) -> None:
        self._since: float | None = None

    def is_over(self) -> bool:
        """Whether it is time for the event loop to have its turn."""
        now = monotonic()
        if self._since is None or now - self._since < PATIENCE:
            self._since = self._since or now
            return False
        self._since = now
        # Without a loop there is nobody whose turn it could be.
        return asyncio._get_running_loop() is not None  # noqa: SLF001 - the public one raises
