"""Run other pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.interop import is_later, settled
from piped.options import KeyPath, Lambda, PipelineName, ResourceName
from piped.paths import BatonPath, get_path, set_path
from piped.processing.handing import hand_to
from piped.processing.names import absolute
from piped.processors.base import InputOutputProcessor
from piped.processors.fixed import fixed, names_in, namespace_of, taking

if TYPE_CHECKING:
    from piped.dependencies import DependencyMap
    from piped.environment import RuntimeEnvironment

__all__ = ["PipelineProcessor", "RunPipeline", "RunPipelineIf", "pipeline_resource"]

_TRUTH = Lambda("input: input")


def pipeline_resource(name: Any, home: str) -> dict[str, Any]:
    """The resource that is the pipeline `name`, as it is called in the pipeline `home`."""
    found = absolute(name, home) if isinstance(name, str) else None
    if found is None:
        raise UnfitBaton(f"{name!r} is no name of a pipeline, seen from {home}")
    return {"provider": f"pipeline.{found}"}


class PipelineProcessor(InputOutputProcessor):
    """Does something with a pipeline; waits for it while it is not there."""

    resolves = ("named",)
    named: str  # a path, if each baton names another
    _dependency: Any = None

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._manager = runtime_environment.dependency_manager
        if not isinstance(self.named, BatonPath):
            needed = pipeline_resource(self.named, self.written_in)
            self._dependency = self._manager.add_dependency(self, needed)

    def process_input(self, input: Any, baton: Any) -> Any:
        if self._dependency is None:
            return self._with_another(input, self.get_input(baton, self.named))
        if self._dependency.is_ready:
            return self.process_pipeline(self._dependency.get_resource(), input)
        return self._when_ready(self._dependency, input)

    def process_pipeline(self, pipeline: Any, input: Any) -> Any:
        """Give the output for `input`, now or later."""
        raise NotImplementedError

    async def _when_ready(self, dependency: Any, input: Any) -> Any:
        pipeline = await settled(dependency.wait_for_resource())
        return await settled(self.process_pipeline(pipeline, input))

    async def _with_another(self, input: Any, name: Any) -> Any:
        """What comes of a pipeline that only this baton names."""
        needed = pipeline_resource(name, self.written_in)
        dependency = self._manager.add_dependency(self, needed, gates=False)
        try:
            return await self._when_ready(dependency, input)
        finally:
            self._manager.remove_dependency(self, dependency)


class RunPipeline(PipelineProcessor):
    """Give the input to another pipeline. The output is its last result, or all of them.

    Example::

        pipeline: [run-pipeline: {pipeline: .double, input_path: n}]
        pipelines: {double: [eval-lambda: {lambda: "n: n * 2"}]}
        given: {n: 21}
        gives: {n: 42}
    """

    name = "run-pipeline"

    def __init__(
        self,
        *,
        pipeline: PipelineName | None = None,
        pipeline_path: KeyPath | None = None,
        only_last_result: bool = True,
        trace_path: KeyPath | None = None,
        **paths: Any,
    ) -> None:
        """
        pipeline: the name of the pipeline
        pipeline_path: where the name is in the baton
        only_last_result: give the last result, or null if there is none; else the list of all
        trace_path: follow the input, and put the trace here, also where the pipeline fails
        """
        super().__init__(**paths)
        if pipeline is not None and pipeline_path is None:
            self.named = pipeline
        elif pipeline is None and pipeline_path is not None:
            self.named = BatonPath(pipeline_path)
        else:
            raise ConfigurationError("it needs either 'pipeline' or 'pipeline_path'")
        self.only_last_result = only_last_result
        if trace_path == "":
            raise ConfigurationError("trace_path is empty: the trace would be the baton")
        self.trace_path = trace_path

    def process_input(self, input: Any, baton: Any) -> Any:
        output = super().process_input(input, baton)
        path = self.trace_path
        return output if path is None else self._with_trace(output, baton, path)

    def process_pipeline(self, pipeline: Any, input: Any) -> Any:
        if self.trace_path is not None:
            from piped.observe.tracing import traced

            return traced(pipeline, input, by=self)
        results = hand_to(pipeline, input)
        return self._awaited(results) if is_later(results) else self._output(results)

    async def _awaited(self, results: Any) -> Any:
        return self._output(await settled(results))

    async def _with_trace(self, output: Any, baton: Any, path: str) -> Any:
        traced = await settled(output)
        set_path(baton, path, list(traced.entries))
        if traced.failure is not None:
            raise traced.failure
        return self._output(traced.results)

    def _output(self, results: Any) -> Any:
        if not self.only_last_result:
            return results
        return results[-1] if results else None


class RunPipelineIf(RunPipeline):
    """Give the input to another pipeline if a condition holds; else hand on the baton as it is.

    Example::

        pipeline:
            - run-pipeline-if: {pipeline: .halve, input_path: n, condition: "baton: baton['n'] > 9"}
        pipelines: {halve: [eval-lambda: {lambda: "n: n // 2"}]}
        given: {n: 42}
        gives: {n: 21}
    """

    name = "run-pipeline-if"
    dependencies: DependencyMap

    def __init__(
        self,
        *,
        condition: Lambda = _TRUTH,
        condition_input_path: KeyPath = "",
        namespace: dict[str, Any] | None = None,
        dependencies: dict[str, ResourceName] | None = None,
        **options: Any,
    ) -> None:
        """
        condition: whether to run the pipeline
        condition_input_path: where the condition's input is
        namespace: names that the condition may use; a text is a dotted name in Python
        dependencies: resources that it may use, as `self.dependencies.name`
        """
        super().__init__(**options)
        self.condition = taking(1, "condition", condition)
        self.condition_input_path = condition_input_path
        self.namespace = names_in(namespace)
        self._needed = fixed("dependencies", dependencies or {})

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        self.dependencies = runtime_environment.create_dependency_map(self, **self._needed)
        self._holds = self.condition.bind(**namespace_of(self, self.namespace))

    def process(self, baton: Any) -> Any:
        if not self._holds(get_path(baton, self.condition_input_path, None)):
            return baton
        return super().process(baton)
