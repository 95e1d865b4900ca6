"""What a flow of a test begins and ends with, and what it says of it."""

from __future__ import annotations

import asyncio
from typing import Any

from piped.flows.receipt import Receipt
from tests.providers.database.databases import LIMIT, App, until

__all__ = ["Ear", "flow_of", "put"]


class Ear:
    """Takes batons, and keeps them; it may fail, or take its time."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.fails: dict[Any, int] = {}  # so many times
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, baton: Any) -> None:
        await self.gate.wait()
        key = baton if isinstance(baton, str | bytes | int) else None
        if self.fails.get(key, 0):
            self.fails[key] -= 1
            raise ValueError(f"nobody wants {baton}")
        self.got.append(baton)

    async def hears(self, *batons: Any) -> None:
        """Wait until these have come."""
        await until(lambda: len(self.got) >= len(batons))
        assert self.got == list(batons)


def flow_of(app: Any, name: str) -> Any:
    """The service of a flow, whether it flows or not."""
    return next(each for each in app.environment.application if each.name == f"flow.{name}")


async def put(running: App, name: str, items: list[Any]) -> list[Any]:
    """What becomes of each item of a flow, as its originator hears of it."""
    feed = (await running.comes(f"flow.{name}")).feed
    answers: list[asyncio.Future[Any]] = []
    for item in items:
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        answers.append(answered)
        await feed.put(item, Receipt(answered.set_result))
    async with asyncio.timeout(LIMIT):
        return [await each for each in answers]
