"""Plans of all kinds, and what can be seen of a run through one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies
from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from piped.interop import outcome_of
from piped.problems import Place
from piped.processing.plan import Choice, Plan, Step

__all__ = ["Enough", "Seen", "StepPlan", "described", "plan_of", "step_plans"]

# A loop that nobody leaves is left after so many calls.
CALLS = 60

Process = Callable[[Any], Any]


class Enough(BaseException):
    """No failure, so that nobody takes it."""


@dataclass(frozen=True)
class StepPlan:
    """What a step does: how it returns, whether it fails, and who gets what it returns.

    A choice is a list of what is chosen, by the length of the baton; None stands for a failure.
    """

    returns: str
    fails: str
    consumers: tuple[int, ...]
    error_consumers: tuple[int, ...]
    choices: tuple[tuple[int, ...] | None, ...]
    error_choices: tuple[tuple[int, ...] | None, ...]


@dataclass
class Seen:
    """The calls of one run: of what, with which baton, and in the course of which failure."""

    calls: list[Any] = field(default_factory=list)

    def add(self, what: str, baton: Any) -> None:
        self.calls.append((what, baton, described(sys.exception())))
        if len(self.calls) > CALLS:
            raise Enough


def described(failure: BaseException | None) -> list[Any]:
    """A failure and all that it came of."""
    found = []
    while failure is not None:
        found.append((type(failure), failure.args, getattr(failure, "__notes__", [])))
        failure = failure.__context__
    return found


@strategies.composite
def step_plans(draw: strategies.DrawFn) -> list[StepPlan]:
    """Plans without loops and failures get far; those with them go wrong in many ways."""
    size = draw(strategies.integers(1, 7))
    loops, fails = draw(strategies.booleans()), draw(strategies.booleans())
    kinds = [*RETURNS, *["plain"] * draw(strategies.sampled_from([0, 20]))]
    return [
        draw(
            strategies.builds(
                StepPlan,
                strategies.sampled_from(kinds),
                strategies.sampled_from(["no"] * 5 + [*FAILS] if fails else ["no"]),
                *_ways(0 if loops else at + 1, size, fails=fails),
            )
        )
        for at in range(size)
    ]


def _ways(first: int, size: int, *, fails: bool) -> list[strategies.SearchStrategy[Any]]:
    """Consumers, error consumers, choices, and error choices."""
    if first == size:
        return [strategies.just(())] * 4
    index = strategies.integers(first, size - 1)
    several = strategies.lists(index, max_size=4).map(tuple)
    # Most hand on: where every second one is an end, no run gets far.
    some = strategies.one_of(strategies.tuples(index), several)
    chosen = strategies.one_of(some, strategies.none()) if fails else some
    choices = strategies.lists(chosen, min_size=1, max_size=3).map(tuple)
    none = strategies.just(())
    return [some, several, strategies.one_of(none, choices), strategies.one_of(none, choices)]


def plan_of(steps: list[StepPlan], sources: tuple[int, ...], seen: Seen) -> Plan:
    """The plan of which a run adds to `seen`."""
    return Plan("random", tuple(_step(at, each, seen) for at, each in enumerate(steps)), sources)


def _step(at: int, this: StepPlan, seen: Seen) -> Step:
    def work(baton: Any) -> Any:
        seen.add(f"s{at}", baton)
        FAILS[this.fails](f"{at}{baton}")
        return f"{baton}{at}"

    return Step(
        f"s{at}",
        RETURNS[this.returns](work),
        this.consumers,
        this.error_consumers,
        _choice(f"c{at}", this.choices, seen),
        _choice(f"e{at}", this.error_choices, seen),
        Place("app.yaml", at) if at % 2 else None,
    )


def _choice(name: str, choices: tuple[tuple[int, ...] | None, ...], seen: Seen) -> Choice | None:
    def choose(baton: Any) -> list[int]:
        seen.add(name, baton)
        chosen = choices[len(baton) % len(choices)]
        if chosen is None:
            raise LookupError(name, baton)
        return list(chosen)

    return choose if choices else None


def _fail(why: str) -> None:
    raise ValueError(why)


def _fail_again(why: str) -> None:
    raise sys.exception() or KeyError(why)


def _fail_of(why: str) -> None:
    try:
        int(f"not a number: {why}")
    except ValueError as error:
        raise KeyError(why) from error


FAILS: dict[str, Callable[[str], None]] = {
    "no": lambda _: None,
    "fails": _fail,
    "fails with what is handled": _fail_again,
    "fails with a cause": _fail_of,
}


def _plain(work: Process) -> Process:
    return work


def _ready(work: Process) -> Process:
    async def process(baton: Any) -> Any:
        return work(baton)

    return process


def _suspended(work: Process) -> Process:
    async def process(baton: Any) -> Any:
        await asyncio.sleep(0)
        return work(baton)

    return process


def _future(work: Process) -> Process:
    def process(baton: Any) -> Awaitable[Any]:
        return asyncio.ensure_future(_suspended(work)(baton))

    return process


def _deferred(work: Process) -> Process:
    def process(baton: Any) -> Awaitable[Any]:
        waiting: Deferred[Any] = Deferred()
        waiting.addCallback(work)
        asyncio.get_running_loop().call_soon(waiting.callback, baton)
        return waiting

    return process


def _fired(work: Process) -> Process:
    def process(baton: Any) -> Awaitable[Any]:
        try:
            return succeed(work(baton))
        except Exception:  # noqa: BLE001 - it fails in its own way
            failed: Deferred[Any] = fail()
            return failed

    return process


def _coroutine_of_deferred(work: Process) -> Process:
    async def process(baton: Any) -> Any:
        await asyncio.sleep(0)
        output = await _deferred(work)(baton)
        await asyncio.sleep(0)
        return output

    return process


def _outcome(work: Process) -> Process:
    def process(baton: Any) -> Awaitable[Any]:
        return outcome_of(_suspended(work)(baton))

    return process


def _failure(work: Process) -> Process:
    def process(baton: Any) -> Any:
        try:
            return work(baton)
        except Exception:  # noqa: BLE001 - it is returned
            return Failure()  # type: ignore[no-untyped-call]  # Twisted's lack

    return process


def _later_failure(work: Process) -> Process:
    async def process(baton: Any) -> Any:
        return _failure(work)(baton)

    return process


RETURNS: dict[str, Callable[[Process], Process]] = {
    "plain": _plain,
    "ready": _ready,
    "suspended": _suspended,
    "future": _future,
    "deferred": _deferred,
    "fired": _fired,
    "coroutine of deferred": _coroutine_of_deferred,
    "outcome": _outcome,
    "failure": _failure,
    "later failure": _later_failure,
}
