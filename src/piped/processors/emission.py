"""What processors do that take something out of a baton, and give several outputs for it.

Each output is put into a baton of its own: a copy, as far as the output path leads through
dictionaries and lists. All else is shared, as it is wherever one baton goes to several consumers.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import aclosing, closing
from copy import copy
from typing import Any

from piped.interop import is_later, settled
from piped.paths import components, get_path, set_path

__all__ = ["emitting_process", "with_output"]

_MISSING: Any = object()


def emitting_process(process_input: Callable[..., Any]) -> Callable[..., Any]:
    """The `process` of an `InputOutputProcessor` with that `process_input`, a generator."""
    return _emit_later if inspect.isasyncgenfunction(process_input) else _emit


def _emit(self: Any, baton: Any) -> Generator[Any, None, Any]:
    found = _input(self, baton)
    if found is _MISSING:
        yield baton
        return None
    with closing(self.process_input(found, baton)) as outputs:
        while True:
            try:
                output = next(outputs)
            except StopIteration as end:
                return end.value
            yield (
                _later(self, baton, output)
                if is_later(output)
                else with_output(self, baton, output)
            )


async def _emit_later(self: Any, baton: Any) -> AsyncIterator[Any]:
    found = _input(self, baton)
    if found is _MISSING:
        yield baton
        return
    async with aclosing(self.process_input(found, baton)) as outputs:
        async for output in outputs:
            yield with_output(self, baton, output)


def _input(self: Any, baton: Any) -> Any:
    """The input; nothing, if a baton without one is to be left as it is."""
    found = get_path(baton, self.input_path, _MISSING)
    return self.input_fallback if found is _MISSING and not self.skip_if_nonexistent else found


async def _later(self: Any, baton: Any, output: Any) -> Any:
    return with_output(self, baton, await settled(output))


def with_output(self: Any, baton: Any, output: Any) -> Any:
    """A baton of its own for `output`, which is put at the output path of that processor."""
    its_own = _copied(baton, components(self.output_path)) if self.output_path else baton
    return self.get_resulting_baton(its_own, self.output_path, output)


def _copied(baton: Any, path: tuple[Any, ...]) -> Any:
    """A copy of `baton`, and of all dictionaries and lists in it that `path` leads through."""
    if not path or not isinstance(baton, dict | list):
        return baton
    copied, first = copy(baton), path[:1]
    below = get_path(baton, first) if path[1:] else None
    if isinstance(below, dict | list):
        set_path(copied, first, _copied(below, path[1:]))
    return copied
