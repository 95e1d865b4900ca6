"""Draw what runs: pipelines, dependencies, and the way of one baton.

Each gives text in the language of Graphviz; `render-dot` makes a picture of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError
from piped.options import KeyPath
from piped.processors.base import InputOutputProcessor, Processor
from piped.processors.fixed import fixed

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment
    from piped.observe.metrics import Metrics

__all__ = ["DiagramDependencies", "DiagramPipelines", "DiagramTrace"]

_PIPELINES = {"provider": "pipeline_provider"}


class DiagramPipelines(Processor):
    """Draw all pipelines: as dot text, for render-dot.

    A step's border goes from green by yellow to red, as it takes less or more time than others of
    its pipeline. From the start of the process on, some runs of each pipeline are timed.

    Example::

        pipeline:
            - diagram-pipelines
            - eval-lambda: {lambda: "baton: 'passthrough' in baton['dot']"}
        pipelines: {other: [passthrough]}
        given: {}
        gives: true
    """

    name = "diagram-pipelines"

    def __init__(
        self, *, output_path: KeyPath | None = "dot", every: int = 100, **node: Any
    ) -> None:
        """
        output_path: where the text goes; '' replaces the baton, null discards it
        every: of how many runs of a pipeline one is timed, once there have been many
        """
        super().__init__(**node)
        if fixed("every", every) < 1:
            raise ConfigurationError(
                f"every is {every}: of how many runs one is timed is 1 or more"
            )
        self.output_path = output_path
        self.every = every

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.observe.metrics import Metrics
        from piped.processors.timing import Timing

        manager = runtime_environment.dependency_manager
        self._provider = manager.add_dependency(self, _PIPELINES)
        self._metrics: Metrics = Metrics(self.every)
        Timing(self._metrics).setServiceParent(runtime_environment.application)

    def process(self, baton: Any) -> Any:
        from piped.observe.dot import dot
        from piped.observe.timed import of_timed

        graphs = self._provider.get_resource().pipelines.graphs
        times = {name: each.steps for name, each in self._metrics.pipelines.items()}
        text = dot(of_timed(graphs.values(), times))
        return self.get_resulting_baton(baton, self.output_path, text)


class DiagramDependencies(Processor):
    """Draw who depends on whom: as dot text, for render-dot.

    What is ready, and what is provided, is green; what is lost is red. What has no state yet has
    two rings.

    Example::

        pipeline:
            - diagram-dependencies
            - eval-lambda: {lambda: "baton: 'context.prices' in baton['dot']"}
        pipelines: {other: [fetch-context: {context: prices}]}
        resources: {context.prices: {engine: 17000}}
        given: {}
        gives: false
    """

    name = "diagram-dependencies"

    def __init__(self, *, output_path: KeyPath | None = "dot", **node: Any) -> None:
        """output_path: where the text goes; '' replaces the baton, null discards it"""
        super().__init__(**node)
        self.output_path = output_path

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._manager = runtime_environment.dependency_manager

    def process(self, baton: Any) -> Any:
        from piped.observe.depending import of_dependencies
        from piped.observe.dot import dot

        text = dot(of_dependencies(self._manager))
        return self.get_resulting_baton(baton, self.output_path, text)


class DiagramTrace(InputOutputProcessor):
    """Draw the way of one baton, as run-pipeline has traced it: as dot text, for render-dot.

    Hand-overs are numbered, and have the colour of the time that their source took. A failure on
    its way is dashed: red to whoever handles it, pink before.

    Example::

        pipeline:
            - diagram-trace
            - eval-lambda: {lambda: "baton: 'baton_1' in baton['dot']"}
        given:
            trace: [{source: null, destination: {pipeline: main, step: log}, baton: {n: 1}}]
        gives: true
    """

    name = "diagram-trace"

    def __init__(
        self,
        *,
        input_path: KeyPath = "trace",
        output_path: KeyPath | None = "dot",
        show_unused_processors: bool = True,
        **paths: Any,
    ) -> None:
        """
        input_path: where the trace is
        output_path: where the text goes; '' replaces the baton, null discards it
        show_unused_processors: draw the steps that had no baton, too, in grey
        """
        super().__init__(input_path=input_path, output_path=output_path, **paths)
        self.show_unused_processors = show_unused_processors

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        manager = runtime_environment.dependency_manager
        self._provider = manager.add_dependency(self, _PIPELINES)

    def process_input(self, input: Any, baton: Any) -> str:
        del baton
        from piped.observe.dot import dot
        from piped.observe.trace_reading import entries_of
        from piped.observe.tracks import of_trace

        graphs = self._provider.get_resource().pipelines.graphs
        return dot(of_trace(entries_of(input), graphs, show_unused=self.show_unused_processors))
