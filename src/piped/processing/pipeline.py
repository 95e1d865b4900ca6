"""A pipeline that can be run: a resource that takes a baton."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from piped.processing.choice import choice_of
from piped.processing.dynamic import for_baton, path_options
from piped.processing.graph import Graph
from piped.processing.plan import Plan, Step
from piped.processing.run import Running, Watcher, start
from piped.processing.watching import introduce, watched_run

if TYPE_CHECKING:
    from piped.interop import Outcome

__all__ = ["Pipeline"]


class Pipeline:
    """The processors of a graph, and the plan by which batons go through them."""

    def __init__(self, graph: Graph, processors: Sequence[Any]) -> None:
        self.name = graph.name
        self.graph = graph
        self.processors = tuple(processors)
        self.watcher: Watcher | None = None
        # Whether somebody watches all pipelines: the one look that a run takes at it.
        self.watched = False
        introduce(self)
        self._introduce()
        self.plan = Plan(self.name, tuple(self._steps()), graph.sources)

    def configure(self, runtime_environment: Any) -> None:
        """Let each processor ask for what it depends on."""
        for processor in self.processors:
            processor.configure(runtime_environment)

    def run(self, baton: Any) -> Running:
        """The results for `baton`; a coroutine that gives them, if a step has to wait.

        The first steps have run when this returns. A coroutine must be awaited, for the others to
        run at all.
        """
        if self.watched:
            return watched_run(self, baton)
        return start(self.plan, baton, self.watcher)

    def run_unwatched(self, baton: Any) -> Running:
        """The same, though somebody watches all pipelines."""
        return start(self.plan, baton, self.watcher)

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
