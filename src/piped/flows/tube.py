"""What changes items on their way: recipes of which each flow makes stages of its own.

A function gives one item for one. A generator function gives any number for one. A class has
`received(item)`, which yields what comes of it, and may have `started()` and `stopped(reason)`,
which yield what comes before all and after all. Each of them may be asynchronous.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import AsyncIterable, Callable, Hashable, Iterable
from typing import Any

from piped.flows.classes import ClassStage
from piped.flows.edge import signature_of
from piped.flows.stage import Stage
from piped.flows.working import Each, Failing, Mapping, Only

__all__ = ["Tube", "as_part", "is_asynchronous", "item_of", "name_of_function", "only", "tube"]


class Tube:
    """How a stage is made. The same tube can be a part of many flows."""

    def __init__(
        self,
        make: Callable[[], Any],
        name: str,
        input: Any = Any,
        output: Any = Any,
        *,
        of: Any = None,
    ) -> None:
        self._make = make
        self.name = name
        self.input = input
        self.output = output
        if of is not None:  # in its module it is a plugin
            # Methods of built-in types have no module.
            self.__module__ = getattr(of, "__module__", None) or type(of).__module__
            self.__doc__ = of.__doc__

    def __repr__(self) -> str:
        return f"<tube {self.name}>"

    def make(self) -> Any:
        """A stage of its own: of a series, its first and its last as one."""
        stage = self._make()
        if isinstance(stage, Stage):
            stage.name = stage.name or self.name
            if stage.input is Any:
                stage.input = self.input
            if stage.output is Any:
                stage.output = self.output
        return stage


def tube(
    function: Any = None,
    *,
    name: str | None = None,
    parallel: int = 1,
    ordered: bool = True,
    failing: Failing = "refuse",
    key: Callable[[Any], Hashable] | None = None,
    later: bool = False,
) -> Any:
    """Make a tube of a function, a generator function or a class; good as a decorator.

    Asynchronous ones work on `parallel` items at once, and keep their order unless told not to; on
    those with the same `key` one after the other. `later` is for plain functions that return
    something to be awaited. An item whose function fails is refused to its originator, or with
    `failing="stop"` ends the flow.
    """
    if function is None:
        return lambda function: tube(
            function,
            name=name,
            parallel=parallel,
            ordered=ordered,
            failing=failing,
            key=key,
            later=later,
        )
    name = name or name_of_function(function)
    if inspect.isclass(function):
        given, made = _signature_of_class(function)
        return Tube(lambda: ClassStage(function(), failing), name, given, made, of=function)
    given, made = signature_of(function)
    if _yields(function):
        made = item_of(made)
    if later or is_asynchronous(function):
        from piped.flows.later import Later  # needs a loop

        make: Callable[[], Any] = lambda: Later(function, parallel, ordered, failing, key)  # noqa: E731
        return Tube(make, name, given, made, of=function)
    if _yields(function):
        return Tube(lambda: Each(function, failing), name, given, made, of=function)
    return Tube(lambda: Mapping(function, failing), name, given, made, of=function)


def only(function: Callable[[Any], Any], *, failing: Failing = "refuse") -> Tube:
    """Let those items through for which the function holds."""
    given, _ = signature_of(function)
    return Tube(lambda: Only(function, failing), f"only-{name_of_function(function)}", given, given)


def as_part(thing: Any) -> Any:
    """A part of a flow: founts and drains are, tubes are made, functions become tubes."""
    if hasattr(thing, "make"):
        return thing.make()
    if hasattr(thing, "flow_to") or hasattr(thing, "flowing_from"):
        return thing
    return tube(thing).make()


def name_of_function(function: Any) -> str:
    """What a function or a class is called in a configuration."""
    return str(getattr(function, "__name__", type(function).__name__)).replace("_", "-")


def is_asynchronous(function: Any) -> bool:
    """Whether what it returns is to be awaited, or iterated over asynchronously."""
    call = getattr(function, "__call__", None)  # noqa: B004 - to look at it
    return any(
        inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each)
        for each in (function, call)
    )


def _yields(function: Any) -> bool:
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


def _signature_of_class(factory: type) -> tuple[Any, Any]:
    given, made = getattr(factory, "input", Any), getattr(factory, "output", Any)
    received = getattr(factory, "received", None)
    if received is None:
        raise TypeError(f"{factory.__name__} is no tube: it has no method received(self, item)")
    hints = signature_of(received)
    return (hints[0] if given is Any else given), (item_of(hints[1]) if made is Any else made)


def item_of(hint: Any) -> Any:
    """What is yielded by what returns `Iterator[bytes]`."""
    origin = typing.get_origin(hint)
    if isinstance(origin, type) and issubclass(origin, Iterable | AsyncIterable):
        return next(iter(typing.get_args(hint)), Any)
    return Any
