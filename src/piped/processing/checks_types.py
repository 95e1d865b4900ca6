"""Type hints of neighbours: what one step gives, and what the next one takes.

1. Both must be annotated, and both be about the same path of the baton.
2. Only classes that Python itself brings are compared: of two other classes there may be a third
   that derives from both.
3. It is a contradiction if nothing that the first may give is anything that the second takes.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator, Sequence
from functools import cache
from types import FunctionType, NoneType, UnionType
from typing import Any

from piped.paths import BatonPath
from piped.problems import Kind, Problem, Severity
from piped.processing.emitting import is_emitter
from piped.processing.graph import Graph

__all__ = ["contradictions"]

# They stand for one another, by convention or by the promises of type checkers.
_ALIKE = ({bool, int, float, complex}, {bytes, bytearray, memoryview})
# Set by Python for each class that was written in Python.
_MADE_IN_PYTHON = 1 << 9

Classes = tuple[type, ...]


def contradictions(graph: Graph, processors: Sequence[Any]) -> Iterator[Problem]:
    """For each step that takes something other than a step before it gives."""
    for giving, vertex in zip(processors, graph.vertices, strict=True):
        given = _classes(giving, "return") if vertex.consumers else None
        for at in vertex.consumers if given else ():
            taken = _classes(processors[at], "input")
            path = _path(giving, "output_path")
            if taken and path is not None and path == _path(processors[at], "input_path"):
                assert given is not None
                if not any(_may_be(one, other) for one in given for other in taken):
                    yield _contradiction(graph, at, path, (vertex.step.name, given), taken)


def _path(processor: Any, name: str) -> str | None:
    """Where a step puts its output, or finds its input; None if that is not known."""
    if not hasattr(processor, "process_input"):
        return ""
    path = getattr(processor, name, None)
    return path if isinstance(path, str) and not isinstance(path, BatonPath) else None


def _classes(processor: Any, which: str) -> Classes | None:
    if processor is None:
        return None
    function = getattr(type(processor), "function", None)
    if not isinstance(function, FunctionType):
        name = "process_input" if hasattr(processor, "process_input") else "process"
        function = getattr(type(processor), name, None)
    return _annotated(function).get(which) if isinstance(function, FunctionType) else None


@cache
def _annotated(function: FunctionType) -> dict[str, Classes]:
    """The classes of its input and of what it returns, as far as they are known."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    first = next((name for name in names if name != "self"), "")
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # noqa: BLE001 - an annotation is any expression, and may fail in any way
        return {}
    given = hints.get("return", Any)
    if is_emitter(function):
        # Of `Iterator[str]`, each that is handed on is a `str`.
        given = next(iter(typing.get_args(given)), Any)
    found = {"input": _plain(hints.get(first, Any)), "return": _plain(given)}
    return {which: classes for which, classes in found.items() if classes}


def _plain(hint: Any) -> Classes | None:
    """All classes that `hint` may mean, if all of them are Python's own."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, UnionType):
        parts = [_plain(each) for each in typing.get_args(hint)]
        known = [each for each in parts if each]
        return tuple(cls for each in known for cls in each) if len(known) == len(parts) else None
    cls = NoneType if hint is None else origin or hint
    is_plain = isinstance(cls, type) and cls is not object and not cls.__flags__ & _MADE_IN_PYTHON
    return (cls,) if is_plain else None


def _may_be(one: type, other: type) -> bool:
    alike = any(one in group and other in group for group in _ALIKE)
    return alike or issubclass(one, other) or issubclass(other, one)


def _contradiction(
    graph: Graph, at: int, path: str, given: tuple[str, Classes], taken: Classes
) -> Problem:
    step, (giver, classes) = graph.vertices[at].step, given
    where = f"at {path!r}" if path else "as its input"
    message = (
        f"{step.name} takes {_names(taken)} {where}, but {giver} before it gives {_names(classes)}"
    )
    hint = "Put a step between them that makes the one of the other."
    return Problem(Kind.WRONG_TYPE, step.place, message, hint, severity=Severity.WARNING)


def _names(classes: Classes) -> str:
    return " or ".join("None" if each is NoneType else each.__name__ for each in classes)
