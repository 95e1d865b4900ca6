"""The ways to run a plan, which are to be the same to whoever runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from piped.processing.compiled import compiled
from piped.processing.plan import Call, Plan
from piped.processing.run import Running, start

__all__ = ["ENGINES", "Engine", "end_of", "walked"]

Engine = Callable[[Plan], Callable[[Any], Running]]


class Deaf:
    """A watcher who keeps nothing."""

    def called(self, call: Call) -> None:
        pass

    def returned(self, call: Call, output: Any, consumers: Sequence[int]) -> None:
        pass

    def raised(self, call: Call, failure: Exception) -> None:
        pass


def walked(plan: Plan) -> Callable[[Any], Running]:
    return lambda baton: start(plan, baton)


def watched(plan: Plan) -> Callable[[Any], Running]:
    return lambda baton: start(plan, baton, Deaf())


ENGINES: dict[str, Engine] = {"walked": walked, "watched": watched, "compiled": compiled}


async def end_of(running: Running) -> list[Any]:
    """The results, whether they are there or not."""
    return running if isinstance(running, list) else await running
