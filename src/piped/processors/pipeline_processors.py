"""Run other pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.interop import is_later, settled
from piped.options import KeyPath, PipelineName
from piped.paths import BatonPath, get_path
from piped.processing.handing import hand_to
from piped.processing.names import absolute
from piped.processors.base import InputOutputProcessor

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["RunPipeline"]


class RunPipeline(InputOutputProcessor):
    """Give the input to another pipeline. The output is its last result, or all of them.

    Example::

        pipeline: [run-pipeline: {pipeline: .double, input_path: n}]
        pipelines: {double: [eval-lambda: {lambda: "n: n * 2"}]}
        given: {n: 21}
        gives: {n: 42}
    """

    name = "run-pipeline"
    resolves = ("named",)
    _dependency: Any = None

    def __init__(
        self,
        *,
        pipeline: PipelineName | None = None,
        pipeline_path: KeyPath | None = None,
        only_last_result: bool = True,
        **paths: Any,
    ) -> None:
        """
        pipeline: the name of the pipeline
        pipeline_path: where the name is in the baton
        only_last_result: give the last result, or null if there is none; else the list of all
        """
        super().__init__(**paths)
        if (pipeline is None) == (pipeline_path is None):
            raise ConfigurationError("it needs either 'pipeline' or 'pipeline_path'")
        self.named = pipeline if pipeline_path is None else BatonPath(pipeline_path)
        self.only_last_result = only_last_result

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._manager = runtime_environment.dependency_manager
        if not isinstance(self.named, BatonPath):
            self._dependency = self._manager.add_dependency(self, self._resource(self.named))

    def process_input(self, input: Any, baton: Any) -> Any:
        if self._dependency is None:
            return self._run_once(input, get_path(baton, self.named or "", None))
        if self._dependency.is_ready:
            return self._run(self._dependency.get_resource(), input)
        return self._run_later(self._dependency, input)

    def _resource(self, name: Any) -> dict[str, Any]:
        """The resource that is the pipeline `name`."""
        found = absolute(name, self.written_in) if isinstance(name, str) else None
        if found is None:
            raise UnfitBaton(f"{name!r} is no name of a pipeline, seen from {self.written_in}")
        return {"provider": f"pipeline.{found}"}

    def _run(self, pipeline: Any, baton: Any) -> Any:
        results = hand_to(pipeline, baton)
        return self._awaited(results) if is_later(results) else self._output(results)

    async def _awaited(self, results: Any) -> Any:
        return self._output(await settled(results))

    async def _run_later(self, dependency: Any, baton: Any) -> Any:
        return await settled(self._run(await settled(dependency.wait_for_resource()), baton))

    async def _run_once(self, baton: Any, name: Any) -> Any:
        """Run a pipeline that only this baton names."""
        dependency = self._manager.add_dependency(self, self._resource(name), gates=False)
        try:
            return await self._run_later(dependency, baton)
        finally:
            self._manager.remove_dependency(self, dependency)

    def _output(self, results: Any) -> Any:
        if not self.only_last_result:
            return results
        return results[-1] if results else None
