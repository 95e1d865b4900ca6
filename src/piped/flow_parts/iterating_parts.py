"""What anything in Python gives."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from itertools import islice
from typing import Annotated, Any

from piped.exceptions import ConfigurationError, FlowError
from piped.flow_part import FountPart
from piped.flows.batch import Batch
from piped.flows.coming import ComingItems
from piped.flows.reason import END, Reason, failed
from piped.interop import settled
from piped.options import Between, DottedName
from piped.providers.file_watch import in_thread

__all__ = ["IterateFount"]


class IterateFount(FountPart):
    """The items of whatever a function gives: an iterable, or an asynchronous one."""

    name = "iterate"

    def __init__(
        self,
        function: DottedName,
        *,
        arguments: dict[str, Any] | None = None,
        size: Annotated[int, Between(1)] = 100,
        thread: bool = False,
    ) -> None:
        """
        function: the dotted name of it; what is no function is taken as it is
        arguments: what it is called with
        size: how many items travel together at most
        thread: whether an iterable has to wait for something, and is to do so in a thread
        """
        try:
            self._given = function.load()
        except (ImportError, AttributeError, ValueError) as error:
            raise ConfigurationError(f"there is no {function}: {error}") from error
        if not callable(self._given) and not isinstance(self._given, Iterable | AsyncIterable):
            raise ConfigurationError(f"{function} is neither a function nor iterable")
        if arguments and not callable(self._given):
            raise ConfigurationError(f"{function} is no function: it takes no `arguments`")
        self._name = str(function)
        self._arguments = arguments or {}
        self._size = size
        self._in_thread = thread

    def make(self) -> ComingItems:
        made = _Iterating(self._iterable, self._size, in_thread=self._in_thread)
        made.name = self._name
        return made

    async def _iterable(self) -> Any:
        given = self._given
        if callable(given):
            given = await settled(given(**self._arguments))
        if not isinstance(given, Iterable | AsyncIterable):
            raise FlowError(f"{self._name} gives {given!r:.60}, which has no items")
        return given


class _Iterating(ComingItems):
    """Finds out what there is to iterate over when it begins."""

    def __init__(self, given: Callable[[], Any], size: int, *, in_thread: bool) -> None:
        super().__init__(given, size)
        self._in_thread = in_thread

    async def run(self) -> Reason:
        given = await self._given()
        if isinstance(given, AsyncIterable):
            return await self.run_on(given)
        items = iter(given)
        failure: Exception | None = None
        try:
            while failure is None:
                args = (items, self._size)
                found, failure = await in_thread(_some, *args) if self._in_thread else _some(*args)
                if not found:
                    break
                await self.take(Batch(found))
        finally:
            if hasattr(items, "close"):
                items.close()
        return END if failure is None else failed(failure)


def _some(items: Iterator[Any], size: int) -> tuple[list[Any], Exception | None]:
    """The next items, and what was raised behind them."""
    found: list[Any] = []
    try:
        found.extend(islice(items, size))
    except Exception as failure:  # noqa: BLE001 - of the user's iterable
        return found, failure
    return found, None
