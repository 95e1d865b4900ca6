"""A plan as one function, which is written and compiled for it."""

from __future__ import annotations

import asyncio
import linecache
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from functools import partial
from time import monotonic
from types import CoroutineType
from typing import Any

from piped.interop import settled
from piped.interop.drive import Begun
from piped.processing.blocks import Blocks
from piped.processing.forgetting import forget_most
from piped.processing.generate import Pending, Position, called_names, written
from piped.processing.generate_later import written_later
from piped.processing.outputs import ORDINARY, raise_failure_in, waits
from piped.processing.plan import Plan
from piped.processing.rest import NOTHING, Entry, Rest, finish
from piped.processing.run import Running
from piped.processing.untaken import add_place, raise_stopped

__all__ = ["compiled"]

Batons = tuple[Any, ...]


def compiled(plan: Plan, *, loops: bool = True) -> Callable[[Any], Running]:
    """A function that does what `piped.processing.run.start` does with `plan`.

    It makes the calls itself, as long as everything is regular; there is no frame between it and
    the steps, and it makes no coroutine, task or Deferred.
    """
    text = written(plan, loops=loops)
    exits = _Exits(plan, text.positions)
    names: dict[str, Any] = {
        **dict(called_names(plan)),
        "Begun": Begun,
        "Coroutine": CoroutineType,
        "arrive": _arrive,
        "blame": exits.blame,
        "irregular": frozenset(at for at, each in enumerate(text.positions) if each.irregular),
        "go_on": _go_on,
        "hold": exits.hold,
        "later": _Later(plan, loops=loops),
        "leave": exits.leave,
        "loop": _Loops(plan).loop,
        "monotonic": monotonic,
        "ordinary": ORDINARY,
        "raise_failure_in": raise_failure_in,
        "rescue": exits.rescue,
        "running_loop": asyncio._get_running_loop,  # noqa: SLF001 - the public one raises
        "settled": settled,
        "shorten": exits.shorten,
        "sleep": asyncio.sleep,
        "waits": waits,
    }
    names["later"].names = names
    _define(text.text, plan, "run", names, loops=loops)
    run: Callable[[Any], Running] = names["run"]
    return run


class _Later:
    """Stands for the coroutine function `later` until it is called: many pipelines never wait."""

    names: dict[str, Any]

    def __init__(self, plan: Plan, *, loops: bool) -> None:
        self._plan = plan
        self._loops = loops

    def __call__(self, *state: Any) -> Coroutine[Any, Any, list[Any]]:
        text = written_later(self._plan, loops=self._loops).text
        _define(text, self._plan, "later", self.names, loops=self._loops)
        going: Coroutine[Any, Any, list[Any]] = self.names["later"](*state)
        return going


def _define(text: str, plan: Plan, function: str, names: dict[str, Any], *, loops: bool) -> None:
    # Without loops of its own, it is that of a loop, and there may be several.
    begins = "" if loops else f" from {plan.steps[plan.sources[0]].name!r}"
    file = f"<{function} of pipeline {plan.name!r}{begins}>"
    exec(compile(text, file, "exec"), names)  # noqa: S102 - the text is our own
    # Tracebacks show the lines, and so the names of the steps.
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)


class _Exits:
    """The ways out of the functions. `batons` are their variables."""

    def __init__(self, plan: Plan, positions: Sequence[Position]) -> None:
        self._blocks = Blocks(plan)
        self._positions = positions

    def leave(
        self,
        at: int,
        batons: Batons,
        results: list[Any],
        consumers: Iterable[int],
        output: Any,
        *failures: Exception,
    ) -> Rest:
        """`output` is for `consumers`, which are not in the text."""
        held = (None, *failures)
        stack = _stack(self._positions[at].pending, batons, held)
        stack += [(each, output, held[-1]) for each in reversed(tuple(consumers))]
        return Rest(self._blocks, stack, results)

    def hold(
        self, at: int, batons: Batons, results: list[Any], output: Any, *failures: Exception
    ) -> Rest:
        """`output` has to be waited for while the last of `failures` is being handled."""
        this = self._positions[at]
        rest = Rest(self._blocks, _stack(this.pending, batons, (None, *failures)), results)
        rest.wait(this.step, output, failures[-1])
        return rest

    def rescue(self, at: int, batons: Batons, results: list[Any], failure: Exception) -> Rest:
        """The call at position `at` has failed, and who takes the failure is not in the text."""
        this = self._positions[at]
        # Above the nearest mark, there may be what is due while another failure is handled.
        nearest = max(depth for depth, (index, _, _) in enumerate(this.pending) if index < 0)
        rest = Rest(self._blocks, _stack(this.pending[: nearest + 1], batons, (None,)), results)
        rest.stuck = this.step, failure
        return rest

    def shorten(self, at: int, failure: Exception) -> None:
        """The call at position `at` has failed, perhaps while another failure was handled."""
        if self._positions[at].failures:
            forget_most(failure)

    def blame(self, at: int, failure: Exception) -> None:
        """Nobody takes `failure` of the call at position `at`."""
        plan = self._blocks.plan
        add_place(failure, plan, plan.steps[self._positions[at].step])
        if isinstance(failure, StopIteration):
            raise_stopped(failure)


def _stack(pending: Pending, batons: Batons, failures: tuple[Exception | None, ...]) -> list[Entry]:
    return [(index, batons[variable], failures[depth]) for index, variable, depth in pending]


class _Loops:
    """The functions of the plans that begin where a loop of `plan` does."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._compiled: dict[int, Callable[[Any], Running]] = {}

    def loop(self, step: int, baton: Any) -> Callable[[], Running]:
        """What goes on with `baton` at `step`."""
        if step not in self._compiled:
            plan = replace(self._plan, sources=(step,))
            self._compiled[step] = compiled(plan, loops=False)
        return partial(self._compiled[step], baton)


def _go_on(rest: Rest | Callable[[], Running]) -> Running:
    if not isinstance(rest, Rest):
        return rest()
    rest.drive()
    return rest.results if rest.waiting is NOTHING else finish(rest)


async def _arrive(rest: Rest | Callable[[], Running]) -> list[Any]:
    running = _go_on(rest)
    return running if isinstance(running, list) else await running
