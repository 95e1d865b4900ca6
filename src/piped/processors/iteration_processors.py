"""Run a pipeline for many items."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from piped.exceptions import AllPipelinesFailedError, ConfigurationError, UnfitBaton
from piped.interop import is_later, settled
from piped.options import Between, Lambda, PipelineName
from piped.processing.handing import hand_to
from piped.processors.attempts import Attempts, Failed, First, in_parallel
from piped.processors.fixed import names_in, namespace_of, taking
from piped.processors.pipeline_processors import PipelineProcessor

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["ForEach"]

_LAST = Lambda("results: results[-1] if results else None")
Count = Annotated[int, Between(1, None)]


class ForEach(PipelineProcessor):
    """Give each item of the input to a pipeline; the output is a list of what comes of them.

    A mapping gives its values, and the output has its keys. What fails is a `Failure` in the
    output; if all items fail, so does this, with all of their failures.

    Example::

        pipeline: [for-each: {pipeline: .double, input_path: numbers}]
        pipelines: {double: [eval-lambda: {lambda: "n: n * 2"}]}
        given: {numbers: [1, 2, 3]}
        gives: {numbers: [2, 4, 6]}
    """

    name = "for-each"

    def __init__(
        self,
        *,
        pipeline: PipelineName,
        chunk_size: Count | None = None,
        result_processor: Lambda = _LAST,
        namespace: dict[str, Any] | None = None,
        parallel: bool = False,
        limit: Count | None = None,
        done_on_first: bool = False,
        fail_on_error: bool = False,
        **paths: Any,
    ) -> None:
        """
        pipeline: the name of the pipeline
        chunk_size: give it lists of that many items; of a mapping, mappings of that many entries
        result_processor: what to make of the list of an item's results; by default, the last one
        namespace: names that the result processor may use; a text is a dotted name in Python
        parallel: begin with all items at once
        limit: how many items may be under way at once
        done_on_first: the output is what comes of the first item that does not fail, alone
        fail_on_error: fail with the first item that does
        """
        super().__init__(**paths)
        if limit is not None and not parallel:
            raise ConfigurationError("'limit' needs 'parallel': one by one, there is never more")
        self.named = pipeline
        self.chunk_size = chunk_size
        self.result_processor = taking(1, "result_processor", result_processor)
        self.namespace = names_in(namespace)
        self.parallel = parallel
        self.limit = limit
        self.done_on_first = done_on_first
        self.fail_on_error = fail_on_error

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        self._process_results = self.result_processor.bind(**namespace_of(self, self.namespace))

    def process_pipeline(self, pipeline: Any, input: Any) -> Any:
        items, keys = self._items(input)
        attempts = Attempts(
            lambda item: self._one(pipeline, item), self.done_on_first, self.fail_on_error
        )
        ended: Any = (
            in_parallel(attempts, items, self.limit) if self.parallel else attempts.of(items)
        )
        return self._ended(ended, keys) if is_later(ended) else self._output(ended, keys)

    def _items(self, input: Any) -> tuple[Iterable[Any], list[Hashable] | None]:
        """What to give to the pipeline, and the keys of the output."""
        if not isinstance(input, Iterable):
            raise UnfitBaton(f"the input is {input!r}, which has no items")
        if self.chunk_size is not None:
            return _chunks(input, self.chunk_size), None
        if isinstance(input, Mapping):
            return list(input.values()), list(input)
        return input, None

    def _one(self, pipeline: Any, item: Any) -> Any:
        results = hand_to(pipeline, item)
        return self._one_later(results) if is_later(results) else self._process_results(results)

    async def _one_later(self, results: Any) -> Any:
        return self._process_results(await settled(results))

    async def _ended(self, ended: Any, keys: list[Hashable] | None) -> Any:
        return self._output(await ended, keys)

    def _output(self, ended: list[Any] | First, keys: list[Hashable] | None) -> Any:
        if isinstance(ended, First):
            return ended.output
        failures = [each.error for each in ended if isinstance(each, Failed)]
        if failures and len(failures) == len(ended):
            raise AllPipelinesFailedError(f"all of {len(ended)} items failed", failures)
        if self.done_on_first:
            return None
        outputs = [_shown(each) for each in ended] if failures else ended
        return outputs if keys is None else dict(zip(keys, outputs, strict=True))


def _chunks(input: Iterable[Any], size: int) -> Iterator[Any]:
    whole = input.items() if isinstance(input, Mapping) else input
    kind = dict if isinstance(input, Mapping) else list
    items = iter(whole)
    while chunk := list(islice(items, size)):
        yield kind(chunk)


def _shown(output: Any) -> Any:
    """An output as it stands in the list: what failed as Twisted has it."""
    if not isinstance(output, Failed):
        return output
    from twisted.python.failure import Failure

    return Failure(output.error, type(output.error), output.error.__traceback__)
