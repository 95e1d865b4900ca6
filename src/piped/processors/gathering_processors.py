"""Run several pipelines at once."""

from __future__ import annotations

import asyncio
from copy import copy as shallow
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError
from piped.interop import is_later, settled
from piped.options import KeyPath, PipelineName
from piped.paths import get_path
from piped.processing.handing import hand_to
from piped.processors.attempts import Failed
from piped.processors.base import ITS_NAME, Processor
from piped.processors.fixed import fixed
from piped.processors.pipeline_processors import pipeline_resource

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["ScatterGather", "Target"]

_MISSING = object()


@dataclass(frozen=True, kw_only=True)
class Target:
    """
    pipeline: the name of the pipeline
    input_path: where its input is; without one, it is not run
    output_path: where its last result goes, by default at its name; '' replaces the baton
    """

    pipeline: PipelineName
    input_path: KeyPath = ""
    output_path: KeyPath | None = ITS_NAME

    @property
    def output(self) -> str | None:
        return self.pipeline.lstrip(".") if self.output_path is ITS_NAME else self.output_path


class ScatterGather(Processor):
    """Give the baton, or parts of it, to several pipelines at once, and gather what they give.

    It waits for all of them. If one fails, so does this, and the baton stays as it is.

    Example::

        pipeline:
            - scatter-gather:
                mapping:
                    - {pipeline: double, input_path: n}
                    - {pipeline: square, input_path: n, output_path: n2}
        pipelines:
            double: [eval-lambda: {lambda: "n: n * 2"}]
            square: [eval-lambda: {lambda: "n: n * n"}]
        given: {n: 7}
        gives: {n: 7, double: 14, n2: 49}
    """

    name = "scatter-gather"

    def __init__(
        self,
        *,
        mapping: list[Target],
        copy: bool = True,
        input_path_prefix: str = "",
        output_path_prefix: str = "",
        **node: Any,
    ) -> None:
        """
        mapping: the pipelines, each with `pipeline`, `input_path` and `output_path`
        copy: give each a shallow copy of its input
        input_path_prefix: what stands before each input path
        output_path_prefix: what stands before each output path
        """
        super().__init__(**node)
        if not fixed("mapping", mapping):
            raise ConfigurationError("mapping is empty: it needs a pipeline to run")
        self.mapping = mapping
        self.copy = copy
        # What to run, the path of its input, and the path of its output.
        self._runs = [
            (
                each.pipeline,
                _joined(input_path_prefix, each.input_path) or "",
                _joined(output_path_prefix, each.output),
            )
            for each in mapping
        ]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        manager = runtime_environment.dependency_manager
        names = {target.pipeline for target in self.mapping}
        self._dependencies = {
            name: manager.add_dependency(self, pipeline_resource(name, self.written_in))
            for name in names
        }

    def process(self, baton: Any) -> Any:
        paths, begun = [], []
        for pipeline, input_path, output_path in self._runs:
            found = get_path(baton, input_path, _MISSING)
            if found is not _MISSING:
                paths.append(output_path)
                begun.append(self._begun(pipeline, shallow(found) if self.copy else found))
        if any(map(is_later, begun)):
            return self._later(baton, paths, begun)
        return self._gathered(baton, paths, begun)

    def _begun(self, name: str, input: Any) -> Any:
        """The results of a pipeline, now or later; or that it has failed already."""
        dependency = self._dependencies[name]
        try:
            if dependency.is_ready:
                return hand_to(dependency.get_resource(), input)
            return self._when_ready(dependency, input)
        except Exception as error:  # noqa: BLE001 - a pipeline may fail in any way
            return Failed(error)

    async def _when_ready(self, dependency: Any, input: Any) -> Any:
        pipeline = await settled(dependency.wait_for_resource())
        return await settled(hand_to(pipeline, input))

    async def _later(self, baton: Any, paths: list[str | None], begun: list[Any]) -> Any:
        ended = await asyncio.gather(*map(_awaited, begun))
        return self._gathered(baton, paths, ended)

    def _gathered(self, baton: Any, paths: list[str | None], ended: list[Any]) -> Any:
        _raise_first([each.error for each in ended if isinstance(each, Failed)])
        for path, results in zip(paths, ended, strict=True):
            baton = self.get_resulting_baton(baton, path, results[-1] if results else None)
        return baton


def _joined(prefix: str, path: str | None) -> str | None:
    joined = path if path is None else f"{prefix}{path}"
    if joined and joined.endswith("."):
        raise ConfigurationError(f"the path {joined!r}, made of the prefix, ends with a dot")
    return joined


async def _awaited(begun: Any) -> Any:
    try:
        return await settled(begun)
    except Exception as error:  # noqa: BLE001 - a pipeline may fail in any way
        return Failed(error)


def _raise_first(failures: list[Exception]) -> None:
    if failures:
        first, *others = failures
        for each in others:
            first.add_note(f"another pipeline failed at the same time: {each!r}")
        raise first
