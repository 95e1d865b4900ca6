"""The status tests of a configuration, in a process that is up as ever, with nothing wired.

Each processor that has such tests runs as the only step of a pipeline of its own: with the options
that it has where it is a step of a pipeline of the configuration, or with none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from piped.catalogue import Catalogue, Plugin
from piped.conf.nodes import Mapping, Origin
from piped.interop import drive, settled
from piped.paths import set_path
from piped.problems import Place
from piped.processing.definitions import Does, StepDefinition
from piped.processing.graph import Graph, Vertex
from piped.processing.making import make_pipeline
from piped.processing.section import Pipelines
from piped.processors.status_tests import StatusTestProcessor
from piped.status_testing.case import StatusTestCase

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment
    from piped.processing.pipeline import Pipeline

__all__ = ["InProcess", "has_status_tests"]

_PATIENCE = 30.0  # seconds, for what a processor depends on


def has_status_tests(catalogue: Catalogue) -> bool:
    """Whether bundles or plugin folders have processors with such tests."""
    return any(_tests(catalogue))


def _tests(catalogue: Catalogue) -> Iterator[Plugin]:
    for plugin in catalogue.processors.values():
        if isinstance(plugin.found, type) and issubclass(plugin.found, StatusTestProcessor):
            yield plugin


def _steps(catalogue: Catalogue, pipelines: Pipelines) -> Iterator[StepDefinition]:
    written = {
        vertex.step.name: vertex.step
        for graph in pipelines.graphs.values()
        for vertex in graph.vertices
    }
    for plugin in _tests(catalogue):
        yield written.get(plugin.name) or _step(plugin.name, plugin.origin)


def _step(name: str, origin: str) -> StepDefinition:
    place = Place(origin)
    return StepDefinition(Does.PROCESS, name, place, "", Mapping({}, Origin(place)))


class InProcess:
    """Runs the tests when all is up, and then asks the process to stop."""

    name = "status tests"

    def __init__(self, reporter: Any, *, first: bool) -> None:
        """
        reporter: what hears of the tests
        first: whether to stop at the first that fails
        """
        self._reporter = reporter
        self._first = first
        self._running: asyncio.Task[None] | None = None
        self.done = False

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._environment = runtime_environment
        manager = runtime_environment.dependency_manager
        catalogue = runtime_environment.catalogue
        steps = _steps(catalogue, runtime_environment.settings("pipelines", Pipelines()))
        self._pipelines = [make_pipeline(_graph(step), catalogue) for step in steps]
        for pipeline in self._pipelines:
            for processor in pipeline:
                manager.add_dependency(pipeline, processor)
            pipeline.configure(runtime_environment)
        runtime_environment.on_started.handle(self._begin)

    def _begin(self) -> None:
        self._running = drive(self._run(), name=self.name)

    async def _run(self) -> None:
        try:
            for pipeline in self._pipelines:
                if self._first and not self._reporter.wasSuccessful():
                    break
                await self._tests_of(pipeline)
            self.done = True
        finally:
            self._environment.stop()

    async def _tests_of(self, pipeline: Pipeline) -> None:
        manager = self._environment.dependency_manager
        [processor] = pipeline.processors
        baton: dict[str, Any] = {}
        set_path(baton, processor.reporter_path, self._reporter)
        try:
            await settled(manager.as_dependency(pipeline).wait_for_resource(_PATIENCE))
            await settled(pipeline.run(baton))
        except Exception as failure:  # noqa: BLE001 - it is told as that of a test
            test = _whole_of(type(processor))
            self._reporter.startTest(test)
            self._reporter.addError(test, failure)
            self._reporter.stopTest(test)


def _graph(step: StepDefinition) -> Graph:
    return Graph(step.name, step.place, (Vertex(step),), (0,))


def _whole_of(processor: type) -> StatusTestCase:
    """What stands for all tests of a processor."""
    names = {"__module__": processor.__module__, "__qualname__": processor.__qualname__}
    test: StatusTestCase = type(processor.__name__, (StatusTestCase,), names)("runTest")
    return test
