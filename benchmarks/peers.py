"""Other ways to take a baton through functions, one after the other: for `engine.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred

Process = Callable[[Any], Any]


def plain_calls(functions: list[Process]) -> Process:
    """What one would write by hand: a line a call."""
    lines = [f"    baton = f{at}(baton)" for at in range(len(functions))]
    names: dict[str, Any] = {f"f{at}": each for at, each in enumerate(functions)}
    exec("\n".join(["def calls(baton):", *lines, "    return baton"]), names)
    calls: Process = names["calls"]
    return calls


def plain_loop(functions: list[Process]) -> Process:
    def loop(baton: Any) -> Any:
        for each in functions:
            baton = each(baton)
        return baton

    return loop


def recursive_async(functions: list[Process]) -> Process:
    """A coroutine for each step, awaited by that of the one before."""

    async def walk(at: int, baton: Any) -> Any:
        output = functions[at](baton)
        if hasattr(output, "__await__"):
            output = await output
        return await walk(at + 1, output) if at + 1 < len(functions) else output

    return lambda baton: walk(0, baton)


def inline_callbacks(functions: list[Process]) -> Process:
    """A generator for each step: how it was done in 2011."""

    def called(at: int, baton: Any) -> Any:
        # What nobody knew in 2011.
        output = functions[at](baton)
        return Deferred.fromCoroutine(output) if hasattr(output, "__await__") else output

    @inlineCallbacks
    def walk(at: int, baton: Any) -> Any:
        output = yield maybeDeferred(called, at, baton)
        if at + 1 < len(functions):
            output = yield walk(at + 1, output)
        return output

    return lambda baton: walk(0, baton)


def tubes(functions: list[Process]) -> Process:
    from tubes.itube import IDrain, IFount
    from tubes.kit import NoPause, beginFlowingTo
    from tubes.tube import receiver, series
    from zope.interface import implementer

    @implementer(IFount)
    class Source:
        drain = None
        outputType = None  # noqa: N815 - the interface's name

        def flowTo(self, drain: Any) -> Any:  # noqa: N802 - the interface's name
            return beginFlowingTo(self, drain)

        def pauseFlow(self) -> Any:  # noqa: N802 - the interface's name
            return NoPause()

        def stopFlow(self) -> Any:  # noqa: N802 - the interface's name
            """There is no more than was asked for."""

    def tube(function: Process) -> Any:
        @receiver()
        def received(item: Any) -> Any:
            yield function(item)

        return received

    @implementer(IDrain)
    class End:
        fount = None
        inputType = None  # noqa: N815 - the interface's name

        def flowingFrom(self, fount: Any) -> None:  # noqa: N802 - the interface's name
            self.fount = fount

        def receive(self, item: Any) -> None:
            """There is nobody to give it to."""

        def flowStopped(self, reason: Any) -> None:  # noqa: N802 - the interface's name
            """It never does."""

    source = Source()
    source.flowTo(series(*map(tube, functions), End()))
    assert source.drain is not None
    receive: Process = source.drain.receive
    return receive


def streamz(functions: list[Process]) -> Process:
    from streamz import Stream

    source = Stream()
    stream = source
    for each in functions:
        stream = stream.map(each)
    found: list[Any] = []
    stream.sink(found.append)

    def emit(baton: Any) -> None:
        source.emit(baton)
        found.clear()

    return emit


def reactivex(functions: list[Process]) -> Process:
    from reactivex import operators
    from reactivex.subject import Subject

    source: Any = Subject()
    found: list[Any] = []
    source.pipe(*map(operators.map, functions)).subscribe(found.append)

    def emit(baton: Any) -> None:
        source.on_next(baton)
        found.clear()

    return emit


PEERS: dict[str, Callable[[list[Process]], Process]] = {
    "Tubes": tubes,
    "streamz": streamz,
    "reactivex": reactivex,
}
