"""What steps need to have been provided by the steps before them.

1. A processor says by keywords what it depends on and what it provides: `depends_on` and `provides`
   for all of its class, `instance_depends_on` and `instance_provides` for one with its options.
2. What no step on any way to it provides is a warning, which names the processors that do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from piped.problems import Kind, Problem, Severity
from piped.processing.graph import Graph

__all__ = ["Providers", "unprovided"]

# The names of the processors that provide a keyword.
Providers = Callable[[str], Iterable[str]]


def unprovided(graph: Graph, processors: Sequence[Any], providers: Providers) -> Iterator[Problem]:
    """For each keyword of each step that nothing before it provides."""
    needed = {at: set(_keywords(each, "depends_on")) for at, each in enumerate(processors)}
    before = _before(graph) if any(needed.values()) else []
    for at, keywords in needed.items():
        if keywords:
            there = {
                word
                for each in _preceding(at, before)
                for word in _keywords(processors[each], "provides")
            }
            for keyword in sorted(keywords - there):
                yield _unprovided(graph, at, keyword, sorted(providers(keyword)))


def _keywords(processor: Any, what: str) -> Iterator[str]:
    for attribute in (what, f"instance_{what}"):
        yield from getattr(processor, attribute, None) or ()


def _before(graph: Graph) -> list[list[int]]:
    before: list[list[int]] = [[] for _ in graph.vertices]
    for at, vertex in enumerate(graph.vertices):
        for to in (*vertex.consumers, *vertex.errors):
            before[to].append(at)
    return before


def _preceding(at: int, before: list[list[int]]) -> set[int]:
    """All steps from which a way leads to that one; itself, if it is in a loop."""
    seen: set[int] = set()
    stack = [at]
    while stack:
        new = set(before[stack.pop()]) - seen
        seen |= new
        stack += new
    return seen


def _unprovided(graph: Graph, at: int, keyword: str, providers: list[str]) -> Problem:
    step = graph.vertices[at].step
    message = f"{step.name} depends on {keyword!r}, which no step before it provides"
    names = " or ".join(providers)
    hint = f"Put {names} before it." if names else "No processor says that it provides that."
    return Problem(Kind.BAD_PIPELINE, step.place, message, hint, severity=Severity.WARNING)
