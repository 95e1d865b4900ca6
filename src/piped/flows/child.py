"""A process that works on the items of its parent: `python -m piped.flows.child FD AHEAD TARGET`.

Each item comes with its number. Of a function all that it made of one goes back together, with that
number; of a series, which may make one of many, what it makes goes back without. When the parent is
gone, this ends, too.
"""

from __future__ import annotations

import asyncio
import inspect
import socket
import sys
from contextlib import suppress
from importlib import import_module
from operator import itemgetter
from typing import Any

from piped.exceptions import FlowStopped
from piped.flows.channel import Channel
from piped.flows.flow import Flow
from piped.flows.reason import failed
from piped.flows.series import series
from piped.flows.tube import Tube, tube
from piped.interop import settled

__all__ = ["main", "on_each"]


async def main(descriptor: int, ahead: int, target: str) -> None:
    """Work until there is no more, or nobody to work for."""
    all_answered = asyncio.Event()

    def told() -> None:
        if channel.receiver.is_idle:
            all_answered.set()

    def lost(failure: Exception | None) -> None:
        gone = FlowStopped(f"the parent is gone: {failure}")
        channel.receiver.end(failed(gone))
        channel.sender.give_up(gone)
        all_answered.set()

    channel = Channel(lost, room=ahead)
    channel.receiver.told = told
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: channel, sock=socket.socket(fileno=descriptor))
    try:
        thing = found(target)
        if not is_series(thing):
            channel.sender.window = ahead  # the parent is to know what it has made
        flow = Flow(channel.receiver, on_each(thing), channel.sender)
        flow.start()
    except Exception as failure:  # noqa: BLE001 - of the user's module
        channel.receiver.stop(failed(failure))
    else:
        with suppress(Exception):  # the parent was told of it
            await flow.wait()
        await all_answered.wait()
    await asyncio.sleep(0)  # the last answers are on their way
    channel.close()


def found(target: str) -> Any:
    """What `module:attribute` names."""
    module, _, path = target.partition(":")
    thing: Any = import_module(module)
    for name in path.split("."):
        thing = getattr(thing, name)
    return thing


def is_series(thing: Any) -> bool:
    """Whether it goes on from item to item."""
    return isinstance(thing, Tube) or inspect.isclass(thing)


def on_each(thing: Any) -> Tube:
    """A tube that takes items with their numbers."""
    if is_series(thing):
        return series(itemgetter(1), thing, lambda made: (None, made))

    async def work(numbered: tuple[int, Any]) -> tuple[int, list[Any]]:
        number, item = numbered
        await asyncio.sleep(0)  # what was made before goes off
        if inspect.isgeneratorfunction(thing):
            return number, list(thing(item))
        if inspect.isasyncgenfunction(thing):
            return number, [made async for made in thing(item)]
        return number, [await settled(thing(item))]

    made: Tube = tube(work)
    return made


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
