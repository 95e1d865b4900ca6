"""What is hopeless or odd about pipelines as wholes, when each step for itself is right.

A step that is inlined stands in several pipelines. What depends on its neighbours is told only if
it holds wherever the step stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError
from piped.problems import Kind, Place, Problem, Severity
from piped.processing.checks_flow import Flow
from piped.processing.checks_keys import unprovided
from piped.processing.checks_types import contradictions
from piped.processing.graph import Graph
from piped.processing.traits import is_marked, traits_of

if TYPE_CHECKING:
    from piped.catalogue import Catalogue

__all__ = ["Processors", "check_graphs"]

# The processor of each step, by the identity of the step; None if it could not be made.
Processors = dict[int, Any]


def check_graphs(
    graphs: Iterable[Graph], processors: Processors, catalogue: Catalogue, *, is_whole: bool
) -> list[Problem]:
    """All that is wrong with `graphs`. They are not whole if some of their steps are missing."""
    anywhere: dict[Problem, None] = {}
    everywhere: Counter[Problem] = Counter()
    places: Counter[Place] = Counter()
    traits = {each: traits_of(processor) for each, processor in processors.items()}
    for graph in graphs:
        ids = [id(vertex.step) for vertex in graph.vertices]
        own = [processors[each] for each in ids]
        flow = Flow(graph, [traits[each] for each in ids])
        places.update(vertex.step.place for vertex in graph.vertices)
        anywhere |= dict.fromkeys(flow.endless_loops())
        anywhere |= dict.fromkeys(_discarding(graph, own))
        anywhere |= dict.fromkeys(contradictions(graph, own))
        everywhere.update(flow.unreachable() if is_whole else ())
        everywhere.update(flow.idle_error_consumers())
        everywhere.update(flow.idle_deciders() if is_whole else ())
        everywhere.update(unprovided(graph, own, _providers(catalogue)))
    agreed = [
        each for each, count in everywhere.items() if each.place and count == places[each.place]
    ]
    return [*anywhere, *agreed]


def _discarding(graph: Graph, processors: list[Any]) -> Iterator[Problem]:
    """Steps of which nothing remains."""
    for vertex, processor in zip(graph.vertices, processors, strict=True):
        has_path = hasattr(processor, "output_path") and processor.output_path is None
        if has_path and is_marked(processor, "process_input", "without_effect"):
            step = vertex.step
            message = f"nobody sees what {step.name} makes: its output_path is null"
            hint = "Give it an output path, or leave it out."
            yield Problem(Kind.BAD_PIPELINE, step.place, message, hint, severity=Severity.WARNING)


def _providers(catalogue: Catalogue) -> Any:
    """Finds the names of the processors that provide a keyword."""

    def names(keyword: str) -> Iterator[str]:
        for name, plugin in catalogue.processors.items():
            try:
                found = plugin.load()
            except ConfigurationError:
                # Whoever uses it is told; here it is only not suggested.
                continue
            if keyword in (getattr(found, "provides", None) or ()):
                yield name

    return names
