"""Generators that take batons by `yield`."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from typing import Any

from piped.exceptions import ConfigurationError, PipedError
from piped.options import DottedName
from piped.processors.base import Processor
from piped.processors.fixed import loaded

__all__ = ["WrapCoroutine", "pairs"]


class WrapCoroutine(Processor):
    """Send each baton into a generator, and hand on what it yields for it.

    There is one generator for all batons. When it returns or fails, the next baton gets a new one.

    Example::

        pipeline: [wrap-coroutine: {coroutine: piped.processors.coroutine_processors.pairs}]
        given: ada
        gives: [null, ada]
    """

    name = "wrap-coroutine"
    _generator: Generator[Any, Any, Any] | None = None

    def __init__(self, *, coroutine: DottedName, **node: Any) -> None:
        """coroutine: the dotted name of a function that makes the generator"""
        super().__init__(**node)
        self._make = loaded("coroutine", coroutine)
        if not callable(self._make):
            raise ConfigurationError(f"coroutine is {str(coroutine)!r}, which cannot be called")

    def process(self, baton: Any) -> Any:
        generator = self._generator or _primed(self._make())
        self._generator = None
        try:
            output = generator.send(baton)
        except StopIteration as end:
            return end.value
        self._generator = generator
        return output


def _primed(generator: Any) -> Generator[Any, Any, Any]:
    """The generator at its first `yield`, where it can take something."""
    if not inspect.isgenerator(generator):
        raise PipedError(f"a generator is needed, and this is {generator!r}")
    if inspect.getgeneratorstate(generator) == inspect.GEN_CREATED:
        next(generator)
    return generator


def pairs() -> Generator[Any, Any, None]:
    """Give with each baton the one before it."""
    before, baton = None, (yield)
    while True:
        before, baton = baton, (yield [before, baton])
