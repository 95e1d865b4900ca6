"""A plan as one function, which is written and compiled for it."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable
from typing import Any

from piped.processing.blocks import Blocks
from piped.processing.generate import Pending, called_names, written
from piped.processing.outputs import ORDINARY, waits
from piped.processing.plan import Plan
from piped.processing.rest import NOTHING, Entry, Rest, finish
from piped.processing.run import Running

__all__ = ["compiled"]


def compiled(plan: Plan) -> Callable[[Any], Running]:
    """A function that does what `piped.processing.run.start` does with `plan`.

    It makes the calls itself, as long as everything is regular; there is no frame between it and
    the steps, and it makes no coroutine, task or Deferred.
    """
    text = written(plan)
    exits = _Exits(plan, [(each.step, each.pending) for each in text.positions])
    names: dict[str, Any] = {
        **dict(called_names(plan)),
        "go_on": _go_on,
        "leave": exits.leave,
        "ordinary": ORDINARY,
        "rescue": exits.rescue,
        "wait": exits.wait,
        "waits": waits,
    }
    file = f"<pipeline {plan.name!r}>"
    exec(compile(text.text, file, "exec"), names)  # noqa: S102 - written by us, of numbers
    # Tracebacks show the lines, and so the names of the steps.
    linecache.cache[file] = (len(text.text), None, text.text.splitlines(keepends=True), file)
    run: Callable[[Any], Running] = names["run"]
    return run


class _Exits:
    """The ways out of the function. `batons` are its variables."""

    def __init__(self, plan: Plan, positions: list[tuple[int, Pending]]) -> None:
        self._blocks = Blocks(plan)
        self._positions = positions

    def wait(self, at: int, batons: tuple[Any, ...], results: list[Any], output: Any) -> Running:
        """The call at position `at` has returned something that comes later."""
        step, pending = self._positions[at]
        stack = self._stack(pending, batons) if pending else []
        return finish(Rest(self._blocks, stack, results, step, output))

    def leave(
        self,
        at: int,
        batons: tuple[Any, ...],
        results: list[Any],
        consumers: Iterable[int],
        output: Any,
    ) -> Rest:
        """`output` is for `consumers`, which are not in the text."""
        stack = self._stack(self._positions[at][1], batons)
        stack += [(each, output, None) for each in reversed(tuple(consumers))]
        return Rest(self._blocks, stack, results, -1, NOTHING)

    def rescue(
        self, at: int, batons: tuple[Any, ...], results: list[Any], failure: Exception
    ) -> Rest:
        """The call at position `at` has failed. Raises what nobody takes."""
        step, pending = self._positions[at]
        rest = Rest(self._blocks, self._stack(pending, batons), results, step, NOTHING)
        try:
            rest.failed(step, failure)
            return rest
        finally:
            # The traceback has this frame: what is raised must not lead back to itself.
            del failure

    def _stack(self, pending: Pending, batons: tuple[Any, ...]) -> list[Entry]:
        return [(index, batons[variable], None) for index, variable in pending]


def _go_on(rest: Rest) -> Running:
    rest.drive()
    return rest.results if rest.waiting is NOTHING else finish(rest)
