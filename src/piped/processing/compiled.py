"""A plan as one function, which is written and compiled for it."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Coroutine, Iterable, Sequence
from types import CoroutineType
from typing import Any

from piped.interop import settled
from piped.interop.drive import Begun
from piped.processing.blocks import Blocks
from piped.processing.generate import Position, called_names, written
from piped.processing.outputs import ORDINARY, raise_failure_in, waits
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
    exits = _Exits(plan, text.positions)
    names: dict[str, Any] = {
        **dict(called_names(plan)),
        "Begun": Begun,
        "Coroutine": CoroutineType,
        "arrive": _arrive,
        "go_on": _go_on,
        "later": _Later(plan),
        "leave": exits.leave,
        "ordinary": ORDINARY,
        "raise_failure_in": raise_failure_in,
        "rescue": exits.rescue,
        "settled": settled,
        "waits": waits,
    }
    names["later"].names = names
    _define(text.text, plan, "run", names)
    run: Callable[[Any], Running] = names["run"]
    return run


class _Later:
    """Stands for the coroutine function `later` until it is called: many pipelines never wait."""

    names: dict[str, Any]

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __call__(self, *state: Any) -> Coroutine[Any, Any, list[Any]]:
        text = written(self._plan, later=True).text
        _define(text, self._plan, "later", self.names)
        going: Coroutine[Any, Any, list[Any]] = self.names["later"](*state)
        return going


def _define(text: str, plan: Plan, function: str, names: dict[str, Any]) -> None:
    file = f"<{function} of pipeline {plan.name!r}>"
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
        batons: tuple[Any, ...],
        results: list[Any],
        consumers: Iterable[int],
        output: Any,
    ) -> Rest:
        """`output` is for `consumers`, which are not in the text."""
        stack = self._stack(at, batons)
        stack += [(each, output, None) for each in reversed(tuple(consumers))]
        return Rest(self._blocks, stack, results)

    def rescue(
        self, at: int, batons: tuple[Any, ...], results: list[Any], failure: Exception
    ) -> Rest:
        """The call at position `at` has failed. Raises what nobody takes."""
        try:
            rest = Rest(self._blocks, self._stack(at, batons), results)
            rest.handle(self._positions[at].step, failure)
            return rest
        finally:
            # The traceback has this frame: what is raised must not lead back to itself.
            del failure

    def _stack(self, at: int, batons: tuple[Any, ...]) -> list[Entry]:
        return [(index, batons[variable], None) for index, variable in self._positions[at].pending]


def _go_on(rest: Rest) -> Running:
    rest.drive()
    return rest.results if rest.waiting is NOTHING else finish(rest)


async def _arrive(rest: Rest) -> list[Any]:
    rest.drive()
    return await finish(rest)
