"""Make a pipeline of the steps of another, with other options.

1. The steps are visited from the sources: first the step itself, then its error consumers and what
   is behind them, then its consumers; of several, the last one first. Each step is visited once.
2. The overrides wait in a queue. When the step that is visited has the name of the first, that
   one's options and id take the place of the step's own.
3. An override that is left over is a problem.
4. The limits are those of the other, but for those that are given anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from piped.problems import Kind, Problem
from piped.processing.capacity import complaints_of_limits
from piped.processing.definitions import Definition, Does, StepDefinition
from piped.processing.graph import Graph, Vertex

__all__ = ["inherited"]


def inherited(definition: Definition, parent: Graph, problems: list[Problem]) -> Graph:
    """The graph of `definition`, whose steps are those of `parent`."""
    queue = [each for each in reversed(definition.overrides) if _is_override(each, problems)]
    vertices = list(parent.vertices)
    for at in _visits(parent):
        if queue and queue[-1].name == vertices[at].step.name:
            vertices[at] = _overridden(vertices[at], queue.pop())
    problems += [_left_over(override, parent) for override in reversed(queue)]
    limits = {**parent.limits, **definition.limits}
    problems += complaints_of_limits(limits, definition.name)
    return Graph(definition.name, definition.place, tuple(vertices), parent.sources, limits)


def _visits(graph: Graph) -> Iterator[int]:
    seen: set[int] = set()
    stack = list(graph.sources)
    while stack:
        at = stack.pop()
        if at not in seen:
            seen.add(at)
            yield at
            stack += graph.vertices[at].consumers
            stack += graph.vertices[at].errors


def _overridden(vertex: Vertex, override: StepDefinition) -> Vertex:
    return replace(vertex, step=override)


def _is_override(step: StepDefinition, problems: list[Problem]) -> bool:
    if step.does is not Does.PROCESS:
        message = f"an override names a processor, not {step.does.value!r}"
        problems.append(Problem(Kind.BAD_PIPELINE, step.place, message))
    elif step.followers:
        message = f"the override of {step.name} cannot say who follows it"
        hint = "It has the steps of the other; only options and ids change."
        problems.append(Problem(Kind.BAD_PIPELINE, step.place, message, hint))
    else:
        return True
    return False


def _left_over(override: StepDefinition, parent: Graph) -> Problem:
    names = ", ".join(parent.vertices[at].step.name for at in _visits(parent))
    message = f"{parent.name} has no {override.name} where this override comes"
    hint = f"Overrides are taken in the order in which the steps are visited: {names}."
    return Problem(Kind.BAD_PIPELINE, override.place, message, hint)
