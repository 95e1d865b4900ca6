"""What does a flow cost beside other ways to let things flow, and beside the bare calls?

Run it with `python -m benchmarks.flows`. The last answer is in `flows.txt`.

All contestants of a case take turns, and the median of the turns is told, and what it is of the
limit. Counted is the time that this process has had: the machine may be busy with others.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from benchmarks import flow_peers as peers
from benchmarks.flow_peers import CHUNKS, DATA, ITEMS, STEPS, by_generator, plus_one
from piped import flows
from piped.flows import Answer, Batch, Drain, Flow, Items

TURNS = 9

Way = Callable[[], Awaitable[int]]


class Counting(Drain):
    """Counts what comes."""

    def receive(self, batch: Batch) -> None:
        self.received += len(batch.items)
        batch.settle()


async def through_tubes(size: int, way: Any = plus_one, *, receipts: bool = False) -> int:
    drain = Counting()
    fount = Items(range(ITEMS), size=size, told=ignore if receipts else None)
    await Flow(fount, *[way] * STEPS, drain).run()
    return drain.received


async def through_lines(encoding: str | None = None, *, receipts: bool = False) -> int:
    drain = Counting()
    fount = Items(CHUNKS, size=1, told=ignore if receipts else None)
    await Flow(fount, flows.lines(encoding=encoding), drain).run()
    return drain.received


def ignore(answer: Answer, items: list[Any]) -> None:
    """Nobody wants to know."""


# The first of each is the limit.
TUBES: dict[str, Way] = {
    "generators": peers.generators,
    "piped, 100 together": partial(through_tubes, 100),
    "  with receipts": partial(through_tubes, 100, receipts=True),
    "  by generators": partial(through_tubes, 100, by_generator),
    "piped, one by one": partial(through_tubes, 1),
    "  with receipts, too": partial(through_tubes, 1, receipts=True),
    "async generators": peers.async_generators,
    "Tubes": peers.tubes,
    "anyio memory streams": peers.anyio_streams,
}
LINES: dict[str, Way] = {
    "bytes.split": peers.split,
    "piped": through_lines,
    "  with receipts": partial(through_lines, receipts=True),
    "  as texts": partial(through_lines, "utf-8"),
    "Tubes": peers.tubes_lines,
    "asyncio readline": peers.asyncio_readline,
    "anyio receive_until": peers.anyio_buffered,
}


async def medians(ways: dict[str, Way], expected: int) -> dict[str, float]:
    """Seconds a turn, of each."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, way in ways.items():
            gc.collect()
            start = process_time()
            count = await way()
            taken[name].append(process_time() - start)
            assert count == expected, f"{name} has let {count} through"
    return {name: median(times) for name, times in taken.items()}


async def lines_of(title: str, ways: dict[str, Way], items: int, amount: float) -> list[str]:
    """A table: how much of an amount went through in a second."""
    speeds = {name: amount / took for name, took in (await medians(ways, items)).items()}
    limit, tubes = next(iter(speeds.values())), speeds["Tubes"]
    return [
        "",
        f"{title:34}{'of the limit':>14}{'times Tubes':>14}",
        *(
            f"  {name:22}{speed:10,.0f}{speed / limit:14.2f}{speed / tubes:14.1f}"
            for name, speed in speeds.items()
        ),
    ]


async def answer() -> str:
    lines = [f"Python {sys.version.split()[0]}"]
    title = f"items through {STEPS} tubes: 1000/s"
    lines += await lines_of(title, TUBES, ITEMS, ITEMS / 1000)
    lines += await lines_of("lines of chunks: MB/s", LINES, DATA.count(b"\n"), len(DATA) / 1e6)
    return "\n".join([*lines, ""])


def main() -> None:
    text = asyncio.run(answer())
    print(text, end="")
    Path(__file__).with_suffix(".txt").write_text(text)


if __name__ == "__main__":
    main()
