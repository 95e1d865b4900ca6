"""Kills processes while they save a persisted context, and looks at what is left each time.

    python killed_writer.py FILE ATTEMPTS

A process of its own, which has imported everything once and forks the ones that die.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from itertools import count
from pathlib import Path

from piped.clock import LoopClock
from piped.providers.persisted_context import PersistedContext
from piped.providers.persistence import Persistence

SIZE = 200_000


class Offer:
    def ready(self, resource: object) -> None: ...

    def lost(self, reason: object) -> None: ...


async def save_on(path: Path, saving: int) -> None:
    """Save one content after the other, each half of which says which it is."""
    context = PersistedContext("kept", Persistence(file=path, interval=None), LoopClock())
    context.offer = context.store = Offer()  # type: ignore[assignment]  # nobody asks for them here
    context.startService()
    for number in count(context.data.get("number", 0) + 1):
        context.data.update(number=number, filler="x" * SIZE, again=number)
        await context.save()
        os.write(saving, b".")


def attempt(path: Path, delay: float) -> int:
    """Kill one, and return how far it had come."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        asyncio.run(save_on(path, writing))
    os.close(writing)
    os.read(reading, 1)  # the first is safe; it is in the middle of another
    signal.sigtimedwait((), delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    content = json.loads(path.read_bytes())
    assert content["number"] == content["again"]
    assert len(content["filler"]) == SIZE
    return int(content["number"])


def main(path: Path, attempts: int) -> None:
    last = 0
    for number in range(attempts):
        reached = attempt(path, number % 20 * 0.0004)
        assert reached > last, "what was saved once is never lost"
        last = reached
    sys.stdout.write(f"{attempts} killed, {last} saved\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
