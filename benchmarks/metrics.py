"""What do counters and times of all runs cost, beside plain calls?

Run it with `python -m benchmarks.metrics`. The last answer is in `metrics.txt`. To reach: 10 plain
steps with metrics on take at most 2 x plain calls.

All of one case takes turns, and the median of the turns is told: the machine may be busy.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter_ns
from typing import Any

from benchmarks.peers import plain_calls
from piped.observe.metrics import Metrics
from piped.processing.compiled import compiled
from piped.processing.plan import Plan, Step
from piped.processing.watching import Run

Baton = dict[str, Any]
# Turns are short, for most of them not to be interrupted by whatever else the machine does.
TURNS, BATONS = 501, 100
_NOW = (list, dict)  # what is there at once: results, or what plain calls give


class Setter:
    """Puts one thing into a dict."""

    def __init__(self, key: str) -> None:
        self.key = key

    def process(self, baton: Baton) -> Baton:
        baton[self.key] = 1
        return baton


async def ready(baton: Baton) -> Baton:
    baton["ready"] = 1
    return baton


SETTERS: list[Callable[[Any], Any]] = [Setter(f"key{at}").process for at in range(10)]
ONE_ASYNC = [*SETTERS[:5], ready, *SETTERS[6:]]


class Chain:
    """A pipeline of ten steps, as far as metrics look at it."""

    name = "chain"
    gate = None
    is_followed = False

    def __init__(self, functions: list[Callable[[Any], Any]]) -> None:
        steps = [
            Step(f"s{at}", function, (at + 1,) if at < 9 else ())
            for at, function in enumerate(functions)
        ]
        self.plan = Plan("chain", tuple(steps))


def contestants(functions: list[Callable[[Any], Any]]) -> dict[str, Run]:
    pipeline = Chain(functions)
    run = compiled(pipeline.plan)
    return {
        "plain calls": plain_calls(SETTERS),
        "piped": run,
        "piped, counted only": metered(pipeline, run, sys.maxsize),
        "piped, metrics on": metered(pipeline, run, 64),
        "piped, each run measured": metered(pipeline, run, 1),
    }


def metered(pipeline: Chain, run: Run, every: int) -> Run:
    """A run with metrics around it, which has been run so often that they are in full swing."""
    made = Metrics(every).meter(pipeline, run)
    asyncio.run(one_turn(made, 10_000))
    return made


async def one_turn(run: Run, batons: int = BATONS) -> int:
    began = perf_counter_ns()
    for _ in range(batons):
        running = run({})
        if type(running) not in _NOW:
            await running  # type: ignore[misc]  # it is a coroutine
    return perf_counter_ns() - began


def tell(title: str, functions: list[Callable[[Any], Any]], runner: asyncio.Runner) -> None:
    runs = contestants(functions)
    took: dict[str, list[int]] = {name: [] for name in runs}
    for _ in range(TURNS):
        for name, run in runs.items():
            took[name].append(runner.run(one_turn(run)))
    plain = median(took["plain calls"])
    print(f"\n{title:28}{'ns a baton':>14}{'ratio':>8}")
    for name, times in took.items():
        print(f"  {name:26}{median(times) / BATONS:14.0f}{median(times) / plain:8.2f}")


def main() -> None:
    print(f"Python {sys.version.split()[0]}")
    with asyncio.Runner() as runner:
        tell("10 plain steps", SETTERS, runner)
        tell("10 steps, one async", ONE_ASYNC, runner)


if __name__ == "__main__":
    main()
