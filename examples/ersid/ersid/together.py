"""Many questions, one trip: what a transaction costs is shared by those who wait for one.

1. The first question is asked at once. Those that come meanwhile wait, and are asked together.
2. Each hears only what became of its own key. Of two for one key, the later one counts, and both
   hear the same.
3. When one of several was wrong, each is asked alone, so that only the wrong one fails. When the
   resource is lost, all fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from piped.exceptions import ResourceLost
from piped.interop import Outcome, drive, outcome_of

__all__ = ["Together"]

Asking = dict[str, tuple[Any, list["asyncio.Future[Any]"]]]


class Together:
    """Asks by `work`, which gets a mapping of keys and gives one of results."""

    def __init__(
        self, work: Callable[[dict[str, Any]], Awaitable[Mapping[str, Any]]], most: int = 100
    ) -> None:
        self._work = work
        self._most = most
        self._waiting: Asking = {}
        self._task: asyncio.Task[None] | None = None

    def ask(self, key: str, question: Any = None) -> Outcome[Any]:
        """What becomes of `key`."""
        future = asyncio.get_running_loop().create_future()
        _, others = self._waiting.get(key, (None, []))
        self._waiting[key] = question, [*others, future]
        if self._task is None:
            self._task = drive(self._ask_on())
        return outcome_of(future)

    async def _ask_on(self) -> None:
        try:
            while self._waiting:
                keys = list(self._waiting)[: self._most]
                await self._ask({key: self._waiting.pop(key) for key in keys})
        finally:
            self._task = None

    async def _ask(self, asking: Asking) -> None:
        try:
            results = await self._work({key: question for key, (question, _) in asking.items()})
        except Exception as error:  # noqa: BLE001 - those who asked hear of it
            if len(asking) == 1 or isinstance(error, ResourceLost):
                for _, future in _listeners(asking):
                    future.set_exception(error)
                return
            for key, one in asking.items():
                await self._ask({key: one})
        else:
            for key, future in _listeners(asking):
                future.set_result(results.get(key))


def _listeners(asking: Asking) -> Iterator[tuple[str, asyncio.Future[Any]]]:
    for key, (_, futures) in asking.items():
        yield from ((key, each) for each in futures if not each.done())  # some may have left
