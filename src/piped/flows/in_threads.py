"""Tubes whose function blocks, and so runs in threads of its own."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from piped.flows.edge import item_of, signature_of
from piped.flows.later import Later
from piped.flows.reason import Reason
from piped.flows.tube import Tube, name_of_function
from piped.flows.working import Failing

__all__ = ["InThreads", "threads"]


class InThreads(Later):
    """Works on items in a pool, which it has while it flows.

    What is under way in a thread cannot be stopped: it ends when that has ended.
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        parallel: int,
        ordered: bool,
        failing: Failing,
        key: Callable[[Any], Hashable] | None,
    ) -> None:
        work = self._yield_all if inspect.isgeneratorfunction(function) else self._in_thread
        super().__init__(work, parallel, ordered, failing, key)
        self._blocking = function
        self._pool: ThreadPoolExecutor | None = None

    def end(self, reason: Reason) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False)  # nobody works there any more
            self._pool = None
        super().end(reason)

    async def _in_thread(self, item: Any) -> Any:
        return await self._run(self._blocking, item)

    async def _yield_all(self, item: Any) -> AsyncIterator[Any]:
        for made in await self._run(lambda item: list(self._blocking(item)), item):
            yield made

    async def _run(self, function: Callable[[Any], Any], item: Any) -> Any:
        if self._pool is None:
            name = f"flow-{self!r}"
            self._pool = ThreadPoolExecutor(self._parallel, thread_name_prefix=name)
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        working = loop.run_in_executor(self._pool, context.run, function, item)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait({working})
            if not working.cancelled():
                working.exception()  # nobody is left to hear of it
            raise


def threads(
    function: Any = None,
    *,
    name: str | None = None,
    parallel: int = 1,
    ordered: bool = True,
    failing: Failing = "refuse",
    key: Callable[[Any], Hashable] | None = None,
) -> Any:
    """Make a tube of a function that blocks: it runs in so many threads. Good as a decorator.

    All else is as with asynchronous functions in `tube`. Of a generator function all is made before
    the first goes on.
    """
    if function is None:
        return lambda function: threads(
            function, name=name, parallel=parallel, ordered=ordered, failing=failing, key=key
        )
    given, made = signature_of(function)
    if inspect.isgeneratorfunction(function):
        made = item_of(made)
    make: Callable[[], Any] = lambda: InThreads(function, parallel, ordered, failing, key)  # noqa: E731
    return Tube(make, name or name_of_function(function), given, made, of=function)
