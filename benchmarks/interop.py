"""What does it cost to await anything, beside what asyncio alone costs?

Run it with `python -m benchmarks.interop`. The last answer is in `interop.txt`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from twisted.internet.defer import Deferred

from piped.interop import Outcome, drive, settled
from piped.interop.reactor import LOOPS, choose_loop

ROUNDS, RUNS = 10_000, 7


async def ready() -> int:
    return 1


async def settle_plain() -> None:
    for _ in range(ROUNDS):
        await settled(1)


async def await_ready() -> None:
    for _ in range(ROUNDS):
        await ready()


async def settle_ready() -> None:
    for _ in range(ROUNDS):
        await settled(ready())


async def driven_tasks() -> None:
    for _ in range(ROUNDS):
        await drive(ready())


async def bare_tasks() -> None:
    for _ in range(ROUNDS):
        await asyncio.create_task(ready())


async def turns() -> None:
    for _ in range(ROUNDS):
        await asyncio.sleep(0)


async def deferreds() -> None:
    call_soon = asyncio.get_running_loop().call_soon
    for _ in range(ROUNDS):
        deferred: Deferred[int] = Deferred()
        call_soon(deferred.callback, 1)
        await deferred


async def outcomes() -> None:
    call_soon = asyncio.get_running_loop().call_soon
    for _ in range(ROUNDS):
        outcome: Outcome[int] = Outcome()
        call_soon(outcome.callback, 1)
        await outcome


async def futures() -> None:
    loop = asyncio.get_running_loop()
    for _ in range(ROUNDS):
        future = loop.create_future()
        loop.call_soon(future.set_result, 1)
        await future


Way = Callable[[Coroutine[Any, Any, None]], Awaitable[None]]
Case = tuple[Callable[[], Any], Way]
task = asyncio.create_task
#   what is measured: (ours and what runs it, asyncio's and what runs that)
PAIRS: dict[str, tuple[Case, Case]] = {
    "settled(plain) : await ready()": ((settle_plain, task), (await_ready, task)),
    "settled(ready()) : await ready()": ((settle_ready, task), (await_ready, task)),
    "drive(ready()) : create_task": ((driven_tasks, task), (bare_tasks, task)),
    "a turn in drive : in a task": ((turns, drive), (turns, task)),
    "Deferred in drive : Future": ((deferreds, drive), (futures, task)),
    "Outcome in a task : Future": ((outcomes, task), (futures, task)),
}


async def cost(measured: Callable[[], Any], run: Way) -> float:
    """Nanoseconds a round, of the best of several runs."""
    best = float("inf")
    for _ in range(RUNS):
        start = perf_counter_ns()
        await run(measured())
        best = min(best, perf_counter_ns() - start)
    return best / ROUNDS


async def answers() -> list[str]:
    lines = []
    for name, (ours, theirs) in PAIRS.items():
        mine, other = await cost(*ours), await cost(*theirs)
        lines.append(f"{name:34}{mine:7.0f} ns{other:7.0f} ns{mine / other:7.2f}")
    return lines


def main() -> None:
    lines = [f"Python {sys.version.split()[0]}"]
    for name in LOOPS:
        loop = choose_loop(name)
        lines += ["", name, *loop.run_until_complete(answers())]
        loop.close()
    answer = "\n".join(lines) + "\n"
    print(answer, end="")
    Path(__file__).with_suffix(".txt").write_text(answer)


if __name__ == "__main__":
    main()
