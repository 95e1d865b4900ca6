"""A pipeline that can be run: a resource that takes a baton."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from piped.processing.choice import choice_of
from piped.processing.dynamic import for_baton, path_options
from piped.processing.emitting import begun, emitting, with_emissions
from piped.processing.graph import Graph
from piped.processing.plan import Plan, Step
from piped.processing.run import Running, Watcher
from piped.processing.watching import introduce, metered, watched_run

if TYPE_CHECKING:
    from piped.interop import Outcome
    from piped.processing.gate import Gate

__all__ = ["Pipeline"]


class Pipeline:
    """The processors of a graph, and the plan by which batons go through them.

    `run(baton)` gives the results; or a coroutine that gives them, if a step has to wait. The first
    steps have run when it returns. A coroutine must be awaited, for the others to run at all.
    """

    # The compiled plan itself, so that there is no frame between the caller and it; before it, the
    # gate, if there is a limit. It is another one while somebody watches: ask for it each time.
    run: Callable[[Any], Running]

    def __init__(self, graph: Graph, processors: Sequence[Any]) -> None:
        self.name = graph.name
        self.graph = graph
        self.processors = tuple(processors)
        self._introduce()
        plan = Plan(self.name, tuple(self._steps()), graph.sources)
        self.plan = with_emissions(plan, self.processors)
        self.gate = _gate_of(graph)
        self._watcher: Watcher | None = None
        self._compiled: Callable[[Any], Running] | None = None
        introduce(self)

    def configure(self, runtime_environment: Any) -> None:
        """Let each processor ask for what it depends on."""
        for processor in self.processors:
            processor.configure(runtime_environment)

    @property
    def watcher(self) -> Watcher | None:
        """Who hears of each call of the runs that begin from now on."""
        return self._watcher

    @watcher.setter
    def watcher(self, watcher: Watcher | None) -> None:
        self._watcher = watcher
        self._put(self._rightly())

    @property
    def watched(self) -> bool:
        """Whether somebody watches all pipelines. It is theirs to say."""
        return self._watched

    @watched.setter
    def watched(self, watched: bool) -> None:
        self._watched = watched
        self._put(self._rightly())

    @property
    def is_followed(self) -> bool:
        """Whether somebody hears of each call of its runs, or may."""
        return self._watched or self._watcher is not None

    def run_unwatched(self, baton: Any) -> Running:
        """A run as it is when nobody watches all pipelines."""
        if self._watcher is not None:
            return begun(self.plan, baton, self._watcher)
        return self._compiled_plan()(baton)

    def _rightly(self) -> Callable[[Any], Running]:
        """What a run is now."""
        if self._watched:
            return partial(watched_run, self)
        return self._first_run if self._watcher is None else self.run_unwatched

    def _first_run(self, baton: Any) -> Running:
        run = self._compiled_plan()
        self._put(run)
        return run(baton)

    def _put(self, run: Callable[[Any], Running]) -> None:
        """Let `run` be what a run is."""
        run = metered(self, run)
        if self.gate is None:
            self.run = run
        else:
            self.gate.begin, self.run = run, self.gate.run

    def _compiled_plan(self) -> Callable[[Any], Running]:
        # Many pipelines are never run, and compiling takes about a millisecond.
        if self._compiled is None:
            from piped.processing.compiled import compiled

            run = compiled(self.plan)
            self._compiled = emitting(run) if self.plan.emits else run
        return self._compiled

    def __call__(self, baton: Any) -> Outcome[list[Any]]:
        """The outcome of the run: good for `await`, and for `yield` under `inlineCallbacks`."""
        from piped.interop import Outcome, outcome_of

        try:
            running = self.run(baton)
        except Exception:  # noqa: BLE001 - it is what the outcome has to tell
            outcome: Outcome[list[Any]] = Outcome()
            outcome.errback()
            return outcome
        return outcome_of(running)

    process = __call__

    def __iter__(self) -> Iterator[Any]:
        return iter(self.processors)

    def __getitem__(self, at: int) -> Any:
        return self.processors[at]

    def __len__(self) -> int:
        return len(self.processors)

    def __bool__(self) -> bool:
        """A pipeline is a pipeline, though it has no steps."""
        return True

    def __repr__(self) -> str:
        return f"<Pipeline {self.name!r}, {len(self)} steps>"

    def _introduce(self) -> None:
        """Tell each processor its place."""
        ids = self.graph.ids()
        for processor, vertex, id_ in zip(self.processors, self.graph.vertices, ids, strict=True):
            processor.id = id_
            processor.written_in = vertex.step.home
            processor.evaluator = self
            processor.consumers = [self.processors[at] for at in vertex.consumers]
            processor.error_consumers = [self.processors[at] for at in vertex.errors]

    def _steps(self) -> Iterator[Step]:
        for processor, vertex in zip(self.processors, self.graph.vertices, strict=True):
            paths = path_options(processor)
            yield Step(
                processor.id,
                for_baton("process", processor, paths) if paths else processor.process,
                vertex.consumers,
                vertex.errors,
                choice_of(processor, "get_consumers", paths, self.processors),
                choice_of(processor, "get_error_consumers", paths, self.processors),
                vertex.step.place,
            )


def _gate_of(graph: Graph) -> Gate | None:
    """What stands before a pipeline of limited capacity. Only those who have one pay for it."""
    capacity = graph.capacity
    if capacity is None:
        return None
    from piped.processing.gate import Gate

    return Gate(graph.name, capacity)
