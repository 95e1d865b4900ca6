"""Processors made of functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from piped.processing.emitting import is_emitter
from piped.processors.base import InputOutputProcessor
from piped.processors.emission import emitting_process

__all__ = ["FunctionProcessor", "processor"]

F = TypeVar("F", bound=Callable[..., Any])


class FunctionProcessor(InputOutputProcessor):
    """Calls a function with the input, or with the input and the baton; gives what it returns."""

    function: Callable[..., Any]
    takes_baton = False

    def __init__(self, **options: Any) -> None:
        own = {name: options.pop(name) for name in self.option_names() if name in options}
        super().__init__(**options)
        self.options = own

    @classmethod
    def option_names(cls) -> tuple[str, ...]:
        """The options that are the function's own."""
        parameters = inspect.signature(cls.function).parameters.values()
        return tuple(each.name for each in parameters if each.kind is each.KEYWORD_ONLY)

    def process_input(self, input: Any, baton: Any) -> Any:
        arguments = (input, baton) if self.takes_baton else (input,)
        return type(self).function(*arguments, **self.options)


def processor(name: str) -> Callable[[F], F]:
    """Make a processor of a function, which stays what it is::

        @processor("shout")
        def shout(text: str, *, marks: int = 1) -> str:
            return text.upper() + "!" * marks

    It gets the input, and the baton if it takes a second argument; what it returns, now or later,
    is the output. Its keyword-only parameters are options, beside `input_path` and the like.
    Of a generator, asynchronous or not, each thing that it yields is an output, in a baton of its
    own.
    """

    def decorate(function: F) -> F:
        function.__piped_processor__ = _class_of(name, function)  # type: ignore[attr-defined]  # the mark
        return function

    return decorate


def _class_of(name: str, function: Callable[..., Any]) -> type[FunctionProcessor]:
    """The class of processors that call `function`; its signature is the schema."""
    parameters = list(inspect.signature(function).parameters.values())
    positional = [each for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    if len(positional) not in (1, 2):
        raise TypeError(f"{function.__qualname__} must take the input, or the input and the baton")
    attributes = {
        "name": name,
        "function": staticmethod(function),
        "takes_baton": len(positional) == 2,
        "__init__": _constructor(function, parameters),
        "__doc__": function.__doc__,
        "__module__": function.__module__,
    }
    if is_emitter(function):
        attributes["process"] = emitting_process(function)
    return type(function.__name__, (FunctionProcessor,), attributes)


def _constructor(function: Callable[..., Any], parameters: list[inspect.Parameter]) -> Any:
    def __init__(self: FunctionProcessor, **options: Any) -> None:  # noqa: N807 - it becomes the method of a class
        FunctionProcessor.__init__(self, **options)

    this = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    more = inspect.Parameter("more", inspect.Parameter.VAR_KEYWORD)
    options = [each for each in parameters if each.kind is each.KEYWORD_ONLY]
    __init__.__signature__ = inspect.Signature([this, *options, more])  # type: ignore[attr-defined]  # `inspect` looks for it
    # The annotations are resolved, and help is looked for, where the function is written.
    __init__.__wrapped__ = function  # type: ignore[attr-defined]  # as `functools.wraps` does
    __init__.__doc__ = function.__doc__
    return __init__
