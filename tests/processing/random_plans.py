"""Plans of all kinds, and what can be seen of a run through one."""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
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

# How a step fails that always fails with one and the same exception.
ALWAYS = "fails with one and the same"

Process = Callable[[Any], Any]


class Enough(BaseException):
    """No failure, so that nobody takes it."""


class Frozen(Exception):
    """As a frozen dataclass is, which is an exception besides."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


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
    # One that is raised again and again.
    always: Exception = field(default_factory=lambda: ValueError("always"))

    def add(self, what: str, baton: Any) -> None:
        self.calls.append((what, baton, described(sys.exception())))
        if len(self.calls) > CALLS:
            raise Enough


def described(failure: BaseException | None) -> list[Any]:
    """A failure and all that it came of, by its context and by its cause."""
    if failure is None:
        return []
    found = [failure]
    for each in found:
        for earlier in (each.__context__, each.__cause__):
            if earlier is not None and not any(one is earlier for one in found):
                found.append(earlier)
    places = {id(each): at for at, each in enumerate(found)}
    return [
        (
            type(each),
            str(each),
            list(getattr(each, "__notes__", [])),
            places.get(id(each.__context__)),
            places.get(id(each.__cause__)),
        )
        for each in found
    ]


@strategies.composite
def step_plans(draw: strategies.DrawFn) -> list[StepPlan]:
    """Plans without loops and failures get far; those with them go wrong in many ways."""
    size = draw(strategies.integers(1, 7))
    loops, fails = draw(strategies.booleans()), draw(strategies.booleans())
    kinds = [*RETURNS, *["plain"] * draw(strategies.sampled_from([0, 20]))]
    steps = [
        draw(
            strategies.builds(
                StepPlan,
                strategies.sampled_from(kinds),
                strategies.sampled_from(["no"] * 5 + [*FAILS, ALWAYS] if fails else ["no"]),
                *_ways(0 if loops else at + 1, size, fails=fails),
            )
        )
        for at in range(size)
    ]
    # Choices are of consumers, as a rule.
    among = draw(strategies.integers(0, 3))
    return [_choosing_of_its_own(each) for each in steps] if among else steps


def _choosing_of_its_own(step: StepPlan) -> StepPlan:
    return replace(
        step,
        choices=_of(step.choices, step.consumers),
        error_choices=_of(step.error_choices, step.error_consumers),
    )


def _of(
    choices: tuple[tuple[int, ...] | None, ...], consumers: tuple[int, ...]
) -> tuple[tuple[int, ...] | None, ...]:
    if not consumers:
        return ()
    return tuple(
        chosen and tuple(consumers[each % len(consumers)] for each in chosen) for chosen in choices
    )


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
    fail = _fail_with(seen.always) if this.fails == ALWAYS else FAILS[this.fails]

    def work(baton: Any) -> Any:
        seen.add(f"s{at}", baton)
        fail(f"{at}{baton}")
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


def _fail_with(failure: Exception) -> Callable[[str], None]:
    def fail(_: str) -> None:
        raise failure

    return fail


def _fail_with_the_first(why: str) -> None:
    """Lead the chain of failures round in a circle, if Python lets it."""
    failure = sys.exception()
    while failure is not None and failure.__context__ is not None:
        failure = failure.__context__
    raise failure or KeyError(why)


def _fail_in_a_group(why: str) -> None:
    raise ExceptionGroup(why, [ValueError(why), LookupError(why)])


def _stop(why: str) -> None:
    raise StopIteration(why)


def _forbid(why: str) -> None:
    raise Frozen(why)


def _cancel(why: str) -> None:
    raise asyncio.CancelledError(why)


FAILS: dict[str, Callable[[str], None]] = {
    "no": lambda _: None,
    "fails": _fail,
    "fails with what is handled": _fail_again,
    "fails with a cause": _fail_of,
    "fails with the first of what is handled": _fail_with_the_first,
    "fails in a group": _fail_in_a_group,
    "stops": _stop,
    "forbids to set attributes": _forbid,
    "cancels": _cancel,
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
    def process(baton: Any) -> Any:
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
            fired: Deferred[Any] = succeed(work(baton))
            return fired
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
    def process(baton: Any) -> Any:
        return outcome_of(_suspended(work)(baton))

    return process


def _failure(work: Process) -> Process:
    def process(baton: Any) -> Any:
        try:
            return work(baton)
        except Exception:  # noqa: BLE001 - it is returned
            return Failure()

    return process


def _later_failure(work: Process) -> Process:
    async def process(baton: Any) -> Any:
        return _failure(work)(baton)

    return process


class _Awaitable:
    def __init__(self, coroutine: Any) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Any:
        return self._coroutine.__await__()


def _awaitable(work: Process) -> Process:
    return lambda baton: _Awaitable(_suspended(work)(baton))


def _generator(work: Process) -> Process:
    @types.coroutine
    def process(baton: Any) -> Any:
        yield
        return work(baton)

    return process


def _used_up(work: Process) -> Process:
    """What cannot be awaited any more."""

    def process(baton: Any) -> Any:
        work(baton)
        coroutine = _ready(work)(baton)
        coroutine.close()
        return coroutine

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
    "awaitable": _awaitable,
    "generator": _generator,
    "used up": _used_up,
}
