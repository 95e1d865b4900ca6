"""Processors that run in a thread, or within a time.

The processor is made an instance of a class that derives from its own, and differs in `process`
only. All that asks for the processor's `process` gets the limits with it, and a processor without
limits has nothing to do with them. Of a generator, each baton is asked for in a thread, or within
the time.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import aclosing
from functools import cache, partial
from typing import Any

from piped import exceptions
from piped.clock import Clock, LoopClock
from piped.exceptions import ConfigurationError, PipedError
from piped.interop import is_later, settled
from piped.logs import log_fields
from piped.options import duration_text
from piped.processing.emitting import is_emitter
from piped.processing.handling import called
from piped.processing.whereabouts import pipeline_here

__all__ = ["limit"]

Method = Callable[[Any, Any], Any]
_CLOCK = LoopClock()
_END: Any = object()


def limit(processor: Any, *, threaded: bool, timeout: float | None) -> None:
    """Let `processor` run in a thread, or let what it waits for take no longer than `timeout`."""
    if "process" in vars(processor):
        message = "threaded and timeout need a `process` that is a method of its class"
        raise ConfigurationError(message)
    cls: Any = type(processor)
    processor.__class__ = _class_of(cls, threaded, timeout is not None)
    if timeout is not None:
        processor.step_timeout = timeout


@cache
def _class_of(cls: Any, threaded: bool, bounded: bool) -> type:
    if threaded and inspect.isasyncgenfunction(cls.process):
        raise ConfigurationError(
            "'threaded' is for a `process` that does not wait: this one is async"
        )
    names = {each: getattr(cls, each) for each in ("__module__", "__qualname__", "__doc__")}
    process = _in_thread(cls.process) if threaded else cls.process
    if bounded:
        names |= {"process": _in_time(process), "configure": _with_clock(cls.configure)}
    else:
        names["process"] = process
    # Of the same layout, or else no instance could change its class.
    made: type = type(cls)(cls.__name__, (cls,), {**names, "__slots__": ()})
    return made


def _in_thread(process: Method) -> Method:
    if is_emitter(process):
        return _each_in_thread(process)

    def in_thread(self: Any, baton: Any) -> Any:
        failure = sys.exception()
        handled = failure if isinstance(failure, Exception) else None
        return _of_thread(partial(process, self), baton, handled)

    return in_thread


def _each_in_thread(process: Method) -> Method:
    async def each_in_thread(self: Any, baton: Any) -> AsyncIterator[Any]:
        failure = sys.exception()
        handled = failure if isinstance(failure, Exception) else None
        items = process(self, baton)
        try:
            while (each := await _of_thread(_next, items, handled)) is not _END:
                yield each
        finally:
            await asyncio.to_thread(items.close)

    return each_in_thread


def _next(items: Generator[Any, Any, Any]) -> Any:
    try:
        return next(items)
    except StopIteration as end:
        if end.value is not None:
            raise PipedError(
                f"a generator hands on what it yields; it returned {end.value!r}"
            ) from None
        return _END


def _in_time(process: Method) -> Method:
    if is_emitter(process):
        return _each_in_time(process)

    def in_time(self: Any, baton: Any) -> Any:
        output = process(self, baton)
        if not is_later(output):
            return output
        return _within(self.step_timeout, getattr(self, "step_clock", _CLOCK), output)

    return in_time


def _each_in_time(process: Method) -> Method:
    if not inspect.isasyncgenfunction(process):
        return process  # it gives each at once

    async def each_in_time(self: Any, baton: Any) -> AsyncIterator[Any]:
        async with aclosing(process(self, baton)) as items:
            while True:
                bound, clock = self.step_timeout, getattr(self, "step_clock", _CLOCK)
                each = await _within(bound, clock, anext(items, _END))
                if each is _END:
                    return
                yield each

    return each_in_time


def _with_clock(configure: Method) -> Method:
    def with_clock(self: Any, runtime_environment: Any) -> Any:
        self.step_clock = runtime_environment.clock
        return configure(self, runtime_environment)

    return with_clock


async def _of_thread(process: Callable[[Any], Any], baton: Any, failure: Exception | None) -> Any:
    # A thread has a stack of its own, from which nobody can tell in which pipeline it is.
    pipeline = pipeline_here()
    with log_fields(**({"pipeline": pipeline} if pipeline else {})):
        output = await asyncio.to_thread(called, failure, _without_stop(process), baton)
    return await settled(output)


def _without_stop(process: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call(baton: Any) -> Any:
        try:
            return process(baton)
        except StopIteration as error:
            # A future takes no StopIteration: whoever waits for it would wait for ever.
            raise PipedError(f"a step raised {error!r} in its thread") from error

    return call


async def _within(seconds: float, clock: Clock, output: Awaitable[Any]) -> Any:
    now = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(None) as bound:
            wakeup = clock.call_later(seconds, lambda: bound.reschedule(now()))
            try:
                return await settled(output)
            finally:
                wakeup.cancel()
    except TimeoutError as error:
        if not bound.expired():
            raise
        raise exceptions.TimeoutError(f"it took longer than {duration_text(seconds)}") from error
