"""What does a pipeline cost beside the calls it makes, and beside other ways to make them?

Run it with `python -m benchmarks.engine`. The last answer is in `engine.txt`. Some peers are no
dependencies of piped: `pip install Tubes streamz reactivex`; it says which are not there.

All of one case takes turns, and the median of the turns is told. Counted is the time that this
process has had: the machine may be busy with others.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from resource import getpagesize
from statistics import median
from time import process_time_ns
from typing import Any

from twisted.internet.defer import Deferred

from benchmarks.peers import (
    PEERS,
    inline_callbacks,
    plain_calls,
    plain_loop,
    recursive_async,
)
from piped.interop import drive
from piped.options import Check
from piped.processing.compiled import compiled
from piped.processing.plan import Plan, Step
from piped.processing.section import Pipelines

Process = Callable[[Any], Any]
Baton = dict[str, Any]
Contestants = dict[str, Process]
TURNS, BATONS = 31, 1_000


class Setter:
    """The processor that is used throughout: it puts one thing into a dict."""

    def __init__(self, key: str) -> None:
        self.key = key

    def process(self, baton: Baton) -> Baton:
        baton[self.key] = 1
        return baton


async def ready(baton: Baton) -> Baton:
    baton["ready"] = 1
    return baton


def burst(baton: Baton) -> Baton:
    raise ValueError(len(baton))


SETTERS: list[Process] = [Setter(f"key{at}").process for at in range(10)]
ONE_ASYNC: list[Process] = [*SETTERS[:5], ready, *SETTERS[6:]]


def chain(functions: list[Process]) -> Process:
    steps = [
        Step(f"s{at}", function, (at + 1,) if at + 1 < len(functions) else ())
        for at, function in enumerate(functions)
    ]
    return compiled(Plan("chain", tuple(steps)))


def configured() -> Contestants:
    """The same by processors as YAML configures them; also called by hand, one by one."""
    from piped.catalogue import Catalogue
    from piped.conf.read import Source, read
    from piped.processing.making import make_pipeline

    text = "it: [" + ", ".join(f"set-value: {{path: key{at}, value: 1}}" for at in range(10)) + "]"
    section = read(text, Source("app.yaml")).node
    assert section is not None
    pipelines = Pipelines.from_node(section, Check())
    pipeline = make_pipeline(pipelines.graphs["it"], Catalogue.builtin())
    calls = [each.process for each in pipeline]
    return {"plain calls": plain_calls(calls), "piped": pipeline.run}


def fan_out() -> Contestants:
    first, *branches, last = SETTERS

    def by_hand(baton: Baton) -> list[Baton]:
        output = first(baton)
        return [last(branch(output)) for branch in branches]

    async def recursive(baton: Baton) -> list[Baton]:
        results: list[Baton] = []
        await walk(first, baton, results)
        return results

    consumers = {first: branches, last: [], **{each: [last] for each in branches}}

    async def walk(process: Process, baton: Baton, results: list[Baton]) -> None:
        output = process(baton)
        if hasattr(output, "__await__"):
            output = await output
        for each in consumers[process]:
            await walk(each, output, results)
        if not consumers[process]:
            results.append(output)

    middle = [Step(f"b{at}", each, (9,)) for at, each in enumerate(branches)]
    steps = (Step("a", first, tuple(range(1, 9))), *middle, Step("z", last))
    return {
        "plain calls": by_hand,
        "piped": compiled(Plan("fan", steps)),
        "recursive async def": recursive,
    }


def error_branch() -> Contestants:
    first, last = SETTERS[:2]

    def by_hand(baton: Baton) -> Any:
        try:
            return burst(first(baton))
        except Exception:  # noqa: BLE001 - as the others have it
            return last(baton)

    async def failing(baton: Baton) -> Any:
        try:
            return await recursive_async([first, burst])(baton)
        except Exception:  # noqa: BLE001 - as the others have it
            return await recursive_async([last])(baton)

    steps = (Step("a", first, (1,), (2,)), Step("b", burst), Step("x", last))
    return {
        "plain calls": by_hand,
        "piped": compiled(Plan("errors", steps)),
        "recursive async def": failing,
    }


def decider_loop(turns: int) -> Contestants:
    def count(baton: int) -> int:
        return baton + 1

    def again(baton: int) -> tuple[int, ...]:
        return (0,) if baton < turns else ()

    def by_hand(_: Any) -> Any:
        output = count(0)
        while again(output):
            output = count(output)
        return output

    async def recursive(baton: int) -> int:
        output = count(baton)
        return await recursive(output) if again(output) else output

    loop = compiled(Plan("loop", (Step("count", count, (0,), choose=again),)))
    found: Contestants = {"plain calls": by_hand, "piped": lambda _: loop(0)}
    # It would need a frame a turn.
    return found | ({"recursive async def": lambda _: recursive(0)} if turns < 500 else {})


CASES: dict[str, tuple[Callable[[], Contestants], int]] = {
    "10 plain steps": (lambda: linear(SETTERS), BATONS),
    "10 steps, one async": (lambda: waiting(ONE_ASYNC), BATONS),
    "10 set-value of YAML": (configured, BATONS),
    "1 to 8 to 1": (fan_out, BATONS),
    "error branch": (error_branch, BATONS),
    "loop of 100 turns": (lambda: decider_loop(100), BATONS // 20),
    "10,000 steps": (lambda: long_chain(10_000), 2),
    "1,000,000 turns": (lambda: decider_loop(1_000_000), 1),
}


def linear(functions: list[Process]) -> Contestants:
    ours = {"plain calls": plain_calls(functions), "piped": chain(functions)}
    ways = {"plain loop": plain_loop, "recursive async def": recursive_async}
    others = {name: way(functions) for name, way in ways.items()}
    found = {name: make(functions) for name, make in PEERS.items() if find_spec(name.lower())}
    return {**ours, **others, "inlineCallbacks": inline_callbacks(functions), **found}


def waiting(functions: list[Process]) -> Contestants:
    return {
        "plain calls": plain_calls(SETTERS),
        "piped": chain(functions),
        "recursive async def": recursive_async(functions),
        "inlineCallbacks": inline_callbacks(functions),
    }


def long_chain(size: int) -> Contestants:
    functions = [SETTERS[at % 10] for at in range(size)]
    return {"plain loop": plain_loop(functions), "piped": chain(functions)}


async def turn(process: Process, batons: int) -> float:
    """Nanoseconds a baton."""
    start = process_time_ns()
    for _ in range(batons):
        found = process({})
        if hasattr(type(found), "__await__"):
            await found
    return (process_time_ns() - start) / batons


async def medians(contestants: Contestants, batons: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(TURNS if batons > 2 else 5):
        for name, process in contestants.items():
            taken[name].append(await turn(process, batons))
    return {name: median(times) for name, times in taken.items()}


async def lines_of(case: str) -> list[str]:
    make, batons = CASES[case]
    found = await medians(make(), batons)
    unit = next(iter(found.values()))
    return [
        "",
        f"{case:24}        ns a baton   ratio",
        *(f"  {name:28}{took:12.0f}{took / unit:8.2f}" for name, took in found.items()),
    ]


def leaving() -> dict[str, tuple[int, Process]]:
    """What a run may come to, and to which of so many batons it does; the first that fits."""
    setter, last = SETTERS[:2]
    taken = (Step("a", setter, (1,), (2,)), Step("b", burst), Step("x", last))
    again = Step("x", again_or_not, (0,), choose=lambda baton: () if len(baton) > 5 else (0,))
    plans = {
        "cancelled": (100, (Step("a", burst, (), (1,)), Step("x", lambda _: Deferred()))),
        "tried again": (50, (Step("a", burst, (), (1,)), again)),
        "failed": (20, (Step("a", setter, (1,)), Step("b", burst))),
        "failed after a wait": (19, (Step("a", ready, (1,)), Step("b", burst))),
        "failure taken": (10, taken),
        "failure taken after a wait": (9, (Step("a", ready, (1,), (2,)), *taken[1:])),
        "waited": (8, (Step("a", setter, (1,)), Step("b", ready))),
    }
    found = {name: (one_in, compiled(Plan(name, steps))) for name, (one_in, steps) in plans.items()}
    return {**found, "plain": (1, chain(SETTERS))}


def again_or_not(baton: Baton) -> Baton:
    baton[f"key{len(baton)}"] = 1
    return baton


async def run_to_the_end(name: str, running: Any) -> None:
    if name == "cancelled":
        await cancelled(running)
    elif not isinstance(running, list):
        await running


async def left_behind(runs: int) -> list[str]:
    """What is still there after runs of all kinds, and what only a collector would find."""
    ways = leaving()
    counts = dict.fromkeys(ways, 0)

    async def some(runs: int) -> None:
        for at in range(runs):
            name, run = next((name, run) for name, (each, run) in ways.items() if at % each == 0)
            counts[name] += 1
            with suppress(ValueError):
                await run_to_the_end(name, run({}))

    await some(1_000)
    counts.update(dict.fromkeys(counts, 0))
    gc.collect()
    objects, memory = len(gc.get_objects()), resident()
    gc.disable()
    try:
        await some(runs)
        grown, circles = resident() - memory, gc.collect()
        kept = len(gc.get_objects()) - objects
        left = f"{kept} objects, {circles} in circles, {grown} kB"
        lines = [f"  {name:28}{count:12,}" for name, count in counts.items()]
        return ["", f"left behind by {runs:,} batons: {left}", *lines]
    finally:
        gc.enable()


def resident() -> int:
    """Kilobytes that the process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * getpagesize() // 1024


async def cancelled(running: Any) -> None:
    task = drive(running)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def answer() -> str:
    missing = [name for name in PEERS if not find_spec(name.lower())]
    lines = [f"Python {sys.version.split()[0]}"]
    lines += [f"not here: {name} (pip install {name})" for name in missing]
    for case in CASES:
        lines += await lines_of(case)
    return "\n".join([*lines, *await left_behind(1_000_000), ""])


def main() -> None:
    text = asyncio.run(answer())
    print(text, end="")
    Path(__file__).with_suffix(".txt").write_text(text)


if __name__ == "__main__":
    main()
