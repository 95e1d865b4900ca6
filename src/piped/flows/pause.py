"""What holds a fount back."""

from __future__ import annotations

from collections.abc import Callable

from piped.exceptions import AlreadyResumed

__all__ = ["Pause"]


class Pause:
    """Holds a fount back until it is let go, once. It flows when the last of all is let go."""

    __slots__ = ("_let_go",)

    def __init__(self, let_go: Callable[[], None]) -> None:
        self._let_go: Callable[[], None] | None = let_go

    def resume(self) -> None:
        """Let the fount flow, as far as this pause is concerned."""
        if self._let_go is None:
            raise AlreadyResumed("this pause was let go before")
        let_go, self._let_go = self._let_go, None
        let_go()
