"""A flow that spills, to be killed: FOLDER FIRST LAST. It says what was confirmed and stored."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from piped.flows import Flow, Items, drain, spill


def say(word: str, numbers: list[int]) -> None:
    """Whole lines, at once: whoever kills us sees all of it, or nothing."""
    os.write(1, "".join(f"{word} {number}\n" for number in numbers).encode())


async def store(numbers: list[int]) -> None:
    await asyncio.sleep(0.002)
    say("stored", numbers)


async def main(folder: str, first: int, last: int) -> None:
    def told(answer: Any, numbers: list[int]) -> None:
        if answer.is_confirmed:
            say("confirmed", numbers)

    fount = Items(range(first, last), size=5, told=told)
    await Flow(fount, spill(folder, items=10), drain(store)).run()
    say("ended", [0])


asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
