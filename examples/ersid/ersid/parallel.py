"""Several calls at once, and never more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from piped.interop import Outcome, drive, outcome_of, settled

__all__ = ["parallel_map"]


def parallel_map(
    function: Callable[[Any], Any], inputs: Iterable[Any], parallelism: int
) -> Outcome[list[Any]]:
    """Like `map`, but parallel: at most so many calls are under way at once.

    `function` may return anything that comes later. It is called in the order of the inputs, of
    which each is taken when it is due; the results are in that order, too. When one call fails, no
    more are made, those under way are cancelled, and the outcome fails with the same.
    """
    return outcome_of(_parallel_map(function, inputs, parallelism))


async def _parallel_map(
    function: Callable[[Any], Any], inputs: Iterable[Any], parallelism: int
) -> list[Any]:
    results: list[Any] = []
    numbered = enumerate(inputs)

    async def work() -> None:
        for number, each in numbered:
            results.append(None)
            results[number] = await settled(function(each))

    workers = [drive(work()) for _ in range(parallelism)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return results
