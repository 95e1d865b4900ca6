"""A process that works on the items of its parent: `python -m piped.flows.child FD AHEAD TARGET`.

Each item comes with its number. Of a function all that it made of one goes back together, with that
number; of a series, which may make one of many, what it makes goes back without. When the parent is
gone, this ends, too.
"""

from __future__ import annotations

import asyncio
import inspect
import pickle
import socket
import sys
from contextlib import suppress
from importlib import import_module
from operator import itemgetter
from typing import Any

from piped.exceptions import FlowStopped
from piped.flows.channel import Channel
from piped.flows.crossing import Ended, Incoming, Message, Outgoing, Sent, Stopped
from piped.flows.flow import Flow
from piped.flows.reason import failed
from piped.flows.series import series
from piped.flows.tube import Tube, tube
from piped.interop import settled

__all__ = ["main", "on_each"]


async def main(descriptor: int, ahead: int, target: str) -> None:
    """Work until there is no more, or nobody to work for."""
    loop = asyncio.get_running_loop()

    def hear(message: Message) -> None:
        side = incoming if isinstance(message, Sent | Ended) else outgoing
        side.hear(message)

    def lost(failure: Exception | None) -> None:
        gone = FlowStopped(f"the parent is gone: {failure}")
        incoming.lost(gone)
        outgoing.lost(gone)

    channel = Channel(hear, lost)
    incoming = Incoming(channel.send, items=ahead, soon=loop.call_soon)
    outgoing = Outgoing(channel.send)
    await loop.create_connection(lambda: channel, sock=socket.socket(fileno=descriptor))
    try:
        flow = Flow(incoming, pickle.loads, on_each(found(target)), pickle.dumps, outgoing)
        flow.start()
    except Exception as failure:  # noqa: BLE001 - of the user's module
        channel.send(Stopped(failed(failure)))
    else:
        with suppress(Exception):  # the parent was told of it
            await flow.wait()
    await asyncio.sleep(0)  # the last answers are on their way
    channel.close()


def found(target: str) -> Any:
    """What `module:attribute` names."""
    module, _, path = target.partition(":")
    thing: Any = import_module(module)
    for name in path.split("."):
        thing = getattr(thing, name)
    return thing


def on_each(thing: Any) -> Tube:
    """A tube that takes items with their numbers."""
    if isinstance(thing, Tube) or inspect.isclass(thing):
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
