"""Do one thing for many items: one after the other, or several at once.

1. What is done for an item gives its output, or fails.
2. A failure is kept in the place of an output, unless the first one is to end it all.
3. The first output may end it all, too: then it is what comes of it.
4. One after the other, nothing is waited for until the first output that comes later.
5. What is still under way when all is ended, is cancelled and waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from piped.interop import is_later, settled

__all__ = ["Attempts", "Failed", "First", "in_parallel"]

Run = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """In the place of an output."""

    error: Exception


@dataclass(frozen=True, slots=True)
class First:
    """The output that ended it all."""

    output: Any


# What comes of all items, in their order.
Ended = list[Any] | First


@dataclass(frozen=True, slots=True)
class Attempts:
    """One after the other."""

    run: Run
    done_on_first: bool = False
    fail_on_error: bool = False

    def of(self, items: Iterable[Any]) -> Any:
        """What comes of `items`: now, or later."""
        outputs: list[Any] = []
        rest = iter(items)
        for item in rest:
            output = self.begun(item)
            if is_later(output):
                return self._go_on(output, rest, outputs)
            if self.is_done(output):
                return First(output)
            outputs.append(output)
        return outputs

    def begun(self, item: Any) -> Any:
        """The output for `item`, now or later; or that it has failed already."""
        try:
            return self.run(item)
        except Exception as error:  # noqa: BLE001 - an item may fail in any way
            return self._failed(error)

    async def awaited(self, output: Any) -> Any:
        """What comes of an output that is later."""
        try:
            return await settled(output)
        except Exception as error:  # noqa: BLE001 - an item may fail in any way
            return self._failed(error)

    def is_done(self, output: Any) -> bool:
        return self.done_on_first and not isinstance(output, Failed)

    async def _go_on(self, output: Any, rest: Iterator[Any], outputs: list[Any]) -> Ended:
        while True:
            if is_later(output):
                output = await self.awaited(output)
            if self.is_done(output):
                return First(output)
            outputs.append(output)
            try:
                item = next(rest)
            except StopIteration:
                return outputs
            output = self.begun(item)

    def _failed(self, error: Exception) -> Failed:
        if self.fail_on_error:
            raise error
        return Failed(error)


async def in_parallel(attempts: Attempts, items: Iterable[Any], limit: int | None) -> Ended:
    """What comes of `items`, when at most `limit` are under way at a time."""
    every = list(items)
    outputs: list[Any] = [None] * len(every)
    rest = iter(enumerate(every))
    workers = [
        asyncio.ensure_future(_work(attempts, rest, outputs))
        for _ in range(min(limit or len(every), len(every)))
    ]
    try:
        while pending := [each for each in workers if not each.done()]:
            await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            # A worker that failed raises here; one that is done with the first output says so.
            for first in [each.result() for each in workers if each.done()]:
                if first is not None:
                    return first
    finally:
        for each in workers:
            each.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return outputs


async def _work(
    attempts: Attempts, rest: Iterator[tuple[int, Any]], outputs: list[Any]
) -> First | None:
    for at, item in rest:
        output = attempts.begun(item)
        outputs[at] = output = await attempts.awaited(output) if is_later(output) else output
        if attempts.is_done(output):
            return First(output)
    return None
