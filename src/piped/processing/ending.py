"""A coroutine of which somebody is told that it is over, however it ends.

What stands behind `finally` in a coroutine is not done if the coroutine was never begun: a task
that is cancelled before its first step, or a caller who throws away what he was given. So there is
something around it until it begins. From then on it tells by itself, and nothing is around it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

__all__ = ["Ending"]

T = TypeVar("T")

Ended = Callable[[BaseException | None], object]


class Ending(Coroutine[Any, Any, T]):
    """`coroutine`, and once it is over, `ended(how)`: with what it raised, or None.

    One that was thrown away has ended by a GeneratorExit.
    """

    __slots__ = ("_coroutine", "_ended", "_telling")

    def __init__(self, coroutine: Coroutine[Any, Any, T], ended: Ended) -> None:
        self._coroutine = coroutine
        self._ended = ended
        self._telling: Coroutine[Any, Any, T] | None = None

    def __await__(self) -> Generator[Any, Any, T]:
        return self._begun().__await__()

    def send(self, value: Any) -> Any:
        return self._begun().send(value)

    def throw(self, *error: Any) -> Any:
        if self._telling is not None:
            return self._telling.throw(*error)
        try:
            return self._coroutine.throw(*error)
        except BaseException as how:
            self._tell(None if isinstance(how, StopIteration) else how)
            raise

    def close(self) -> None:
        if self._telling is not None:
            self._telling.close()
            return
        try:
            self._coroutine.close()
        finally:
            self._tell(GeneratorExit())

    def __del__(self) -> None:
        # Python has its warning for a coroutine that was never awaited: it is left to it.
        if self._telling is None:
            self._tell(GeneratorExit())

    def _begun(self) -> Coroutine[Any, Any, T]:
        if self._telling is None:
            self._telling = _telling(self._coroutine, self._ended)
        return self._telling

    def _tell(self, how: BaseException | None) -> None:
        # What is over stays over, whatever is asked of it.
        self._telling = self._coroutine
        self._ended(how)

    # Debuggers, `Task.print_stack` and the `repr` of a Task are to see what really runs.
    def __getattr__(self, name: str) -> Any:
        return getattr(self._telling or self._coroutine, name)


async def _telling(coroutine: Coroutine[Any, Any, T], ended: Ended) -> T:
    try:
        result = await coroutine
    except BaseException as how:
        ended(how)
        raise
    ended(None)
    return result
