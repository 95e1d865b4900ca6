"""The section `pipelines`: read, rewritten, and checked against the processors there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from piped.conf.nodes import Node
from piped.problems import Severity
from piped.processing.definitions import Definitions
from piped.processing.grammar import read_pipelines
from piped.processing.rewrite import Graphs, rewritten

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.options import Check, Reference
    from piped.processing.notation import Form

__all__ = ["Pipelines", "check_pipelines", "check_processors"]


@dataclass(frozen=True, slots=True)
class Pipelines:
    """All pipelines: as they are written, and as graphs by name."""

    definitions: Definitions = field(default_factory=lambda: Definitions({}))
    graphs: Graphs = field(default_factory=dict)

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Pipelines:
        """Read the section; what is wrong with it, apart from processors, goes to `check`."""
        definitions = read_pipelines(node, check.problems)
        return cls(definitions, rewritten(definitions, check.problems))

    @classmethod
    def notation(cls) -> Sequence[Form]:
        """How it may be written, for people."""
        from piped.processing.notation import FORMS

        return FORMS

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {"type": ["object", "null"], "additionalProperties": {"type": ["object", "array"]}}


def check_pipelines(node: Node, catalogue: Catalogue, check: Check) -> Pipelines:
    """Read the section and check all of it; what is wrong goes to `check`."""
    pipelines = Pipelines.from_node(node, check)
    check_processors(pipelines, catalogue, check)
    return pipelines


def check_processors(pipelines: Pipelines, catalogue: Catalogue, check: Check) -> None:
    """Check the processor and the options of each step, once wherever it was copied to, and then
    how the steps of each pipeline go together.
    """
    from piped.processing.checks import check_graphs
    from piped.processing.checks_runs import runs_of_itself
    from piped.processing.making import Maker

    is_whole = all(each.severity is not Severity.ERROR for each in check.problems)
    maker = Maker(catalogue, check)
    steps = {
        id(vertex.step): vertex.step
        for graph in pipelines.graphs.values()
        for vertex in graph.vertices
    }
    owner = check.owner
    processors: dict[int, Any] = {}
    references: dict[int, Sequence[Reference]] = {}
    for each, step in steps.items():
        before = len(check.references)
        processors[each] = maker.made(step)
        references[each] = check.references[before:]
    check.owner = owner
    graphs = list(pipelines.graphs.values())
    check.problems += check_graphs(graphs, processors, catalogue, is_whole=is_whole)
    check.problems += runs_of_itself(graphs, references)
