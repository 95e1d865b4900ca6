"""Pipelines as resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from piped.exceptions import CircularDependencyGraph, InvalidPipelineError
from piped.logs import add_teller
from piped.problems import did_you_mean
from piped.processing.parameters import complaints_of_use
from piped.processing.section import Pipelines, check_processors
from piped.processing.whereabouts import pipeline_here
from piped.provider import Provider

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.environment import RuntimeEnvironment
    from piped.options import Check
    from piped.problems import Problem
    from piped.processing.pipeline import Pipeline

__all__ = ["PipelineProvider"]

_PREFIX = "pipeline."


class PipelineProvider(Provider):
    """Offers `pipeline.<name>` for each pipeline, and itself as `pipeline_provider`.

    A pipeline is made when it is first asked for, and is shared by all who ask. It is ready when
    all of its processors are.
    """

    section = "pipelines"
    settings = Pipelines

    def __init__(self) -> None:
        self.pipelines = Pipelines()
        # Those that somebody has asked for.
        self.pipeline_by_name: dict[str, Pipeline] = {}

    def offers(self, settings: Pipelines) -> Iterable[str]:
        withheld = self.withheld(settings)
        paths = [f"{_PREFIX}{name}" for name in settings.graphs]
        return ["pipeline_provider", *(each for each in paths if each not in withheld)]

    def withheld(self, settings: Pipelines) -> Mapping[str, Problem]:
        """Those that leave a parameter open."""
        return {
            f"{_PREFIX}{name}": problem
            for name, graph in settings.graphs.items()
            for problem in complaints_of_use(graph)
        }

    def check(self, settings: Pipelines, catalogue: Catalogue, check: Check) -> None:
        check_processors(settings, catalogue, check)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        add_teller(_pipeline_field)
        self._environment = runtime_environment
        self.pipelines = runtime_environment.settings(self.section, self.pipelines)
        runtime_environment.offer("pipeline_provider", resource=self)
        for name in self.pipelines.graphs:
            runtime_environment.resource_manager.register(f"{_PREFIX}{name}", self)

    def add_consumer(self, resource_dependency: Any) -> None:
        """Serve one who asks for a pipeline."""
        pipeline = self._made(resource_dependency.provider.removeprefix(_PREFIX))
        manager = self._environment.dependency_manager
        try:
            manager.add_dependency(resource_dependency, pipeline)
        except CircularDependencyGraph:
            # Pipelines may run each other, and themselves. The last one in the circle hears when
            # the first is ready, and is ready without it.
            manager.add_dependency(resource_dependency, pipeline, gates=False)
        resource_dependency.on_resource_ready(pipeline)

    def __getitem__(self, name: str) -> Pipeline:
        """A pipeline that somebody has asked for."""
        if name in self.pipeline_by_name:
            return self.pipeline_by_name[name]
        if name in self.pipelines.graphs:
            raise InvalidPipelineError(f"nobody has asked for the pipeline {name!r} yet")
        meant = did_you_mean(name, self.pipelines.graphs)
        raise InvalidPipelineError(f"there is no pipeline {name!r}{meant}")

    def __iter__(self) -> Iterator[str]:
        """The names of all pipelines, asked for or not."""
        return iter(self.pipelines.graphs)

    def _made(self, name: str) -> Pipeline:
        if name not in self.pipeline_by_name:
            from piped.processing.making import make_pipeline

            graph, catalogue = self.pipelines.graphs[name], self._environment.catalogue
            pipeline = make_pipeline(graph, catalogue)
            self._connect(pipeline)
            self.pipeline_by_name[name] = pipeline
        return self.pipeline_by_name[name]

    def _connect(self, pipeline: Pipeline) -> None:
        """Let the pipeline depend on its processors, and those on what they need."""
        for processor in pipeline:
            self._environment.dependency_manager.add_dependency(pipeline, processor)
        pipeline.configure(self._environment)


def _pipeline_field() -> Mapping[str, object]:
    """What a log record says of the pipeline of which a step has logged it."""
    name = pipeline_here()
    return {} if name is None else {"pipeline": name}
