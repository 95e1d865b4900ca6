"""What changes items on their way: recipes of which each flow makes stages of its own.

A function gives one item for one. A generator function gives any number for one. A class has
`received(item)`, which yields what comes of it, and may have `started()` and `stopped(reason)`,
which yield what comes before all and after all. Each of them may be asynchronous. Any other class
is a function, which makes an object of an item.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

from piped.flows.classes import ClassStage
from piped.flows.edge import awaited, item_of, signature_of
from piped.flows.functions import is_asynchronous, is_generator, yields_later
from piped.flows.stage import Stage
from piped.flows.working import Each, Failing, Mapping, Only

__all__ = ["Tube", "as_part", "is_asynchronous", "name_of_function", "only", "recipe_of", "tube"]

_METHODS = ("received", "started", "stopped")


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
        self.alone: tuple[str, ...] = ()  # as of a `FlowPart`
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
    if isinstance(function, type):
        return _of_class(function, name, failing)
    given, made = signature_of(function)
    if later or is_asynchronous(function):
        made = item_of(made) if yields_later(function) else awaited(made)
        make = _making_later(function, parallel, ordered, failing, key)
        return Tube(make, name, given, made, of=function)
    if is_generator(function):
        return Tube(lambda: Each(function, failing), name, given, item_of(made), of=function)
    return Tube(lambda: Mapping(function, failing), name, given, made, of=function)


def _making_later(
    function: Any,
    parallel: int,
    ordered: bool,
    failing: Failing,
    key: Callable[[Any], Hashable] | None,
) -> Callable[[], Stage]:
    """How a stage is made that awaits what a function gives."""
    from piped.flows.at_once import AtOnce  # both need a loop
    from piped.flows.later import Later

    kind = Later if is_asynchronous(function) else AtOnce
    return lambda: kind(function, parallel, ordered, failing, key)


def only(function: Callable[[Any], Any], *, failing: Failing = "refuse") -> Tube:
    """Let those items through for which the function holds."""
    given, _ = signature_of(function)
    return Tube(lambda: Only(function, failing), f"only-{name_of_function(function)}", given, given)


def as_part(thing: Any) -> Any:
    """A part of a flow: founts and drains are, tubes are made, functions become tubes."""
    recipe = recipe_of(thing)
    return recipe.make() if hasattr(recipe, "make") else recipe


def recipe_of(thing: Any) -> Any:
    """What a part is made by, or the part itself; of a function, a tube."""
    if any(hasattr(thing, each) for each in ("make", "flow_to", "flowing_from")):
        return thing() if isinstance(thing, type) else thing
    return tube(thing)


def name_of_function(function: Any) -> str:
    """What a function or a class is called in a configuration."""
    while isinstance(function, partial):
        function = function.func
    return str(getattr(function, "__name__", type(function).__name__)).replace("_", "-")


def _of_class(factory: type, name: str, failing: Failing) -> Tube:
    """A tube of a class: of one with `received`, or of one of which an item makes an object."""
    if not hasattr(factory, "received"):
        _check_takes_one(factory)
        given, made = signature_of(factory)
        return Tube(lambda: Mapping(factory, failing), name, given, made, of=factory)
    given, made = getattr(factory, "input", Any), getattr(factory, "output", Any)
    hints = signature_of(partial(factory.received, None))
    given = hints[0] if given is Any else given
    made = item_of(hints[1]) if made is Any else made
    if any(is_asynchronous(getattr(factory, each, None)) for each in _METHODS):
        from piped.flows.later_classes import LaterClass  # needs a loop

        make: Callable[[], Any] = lambda: LaterClass(factory(), failing)  # noqa: E731
        return Tube(make, name, given, made, of=factory)
    return Tube(lambda: ClassStage(factory(), failing), name, given, made, of=factory)


def _check_takes_one(factory: type) -> None:
    try:
        inspect.signature(factory).bind(None)
    except TypeError:
        raise TypeError(
            f"{factory.__name__} is no tube: it has no method received(self, item)"
        ) from None
    except ValueError:  # a builtin, of which nobody knows
        pass
