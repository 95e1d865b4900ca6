"""What of the pipelines tests came to: a table for people, and a drawing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from piped.processing.graph import Graph
    from piped.testing.edges import Taken

__all__ = ["drawn", "table"]


def table(taken: Taken) -> str:
    """A line for each pipeline, and below it what was never taken, with its place."""
    from piped.testing.edges import EdgeKind

    head = ("", *(kind.value for kind in EdgeKind), "taken")
    rows = [head, *(_row(graph, taken) for graph in taken.graphs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(head, widths)]
    for graph, row in zip(taken.graphs, rows[1:], strict=True):
        lines += [_line(row, widths), *_untaken(graph, taken)]
    return "\n".join([*lines, f"in all: {taken.percent():.1f} %"])


def _row(graph: Graph, taken: Taken) -> tuple[str, ...]:
    from piped.testing.edges import EdgeKind, edges_of

    edges = list(edges_of(graph))
    counts = [taken.count(each for each in edges if each.kind is kind) for kind in EdgeKind]
    some, there = taken.count(edges)
    percent = f"{100 * some / there:.0f} %" if there else "-"
    return (graph.name, *(f"{one}/{all_}" if all_ else "-" for one, all_ in counts), percent)


def _untaken(graph: Graph, taken: Taken) -> Iterator[str]:
    for edge in taken.untaken(graph):
        yield f"  never: {edge.text(graph)}"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *others = (
        cell.rjust(width) if at else cell.ljust(width)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()


def drawn(taken: Taken, file: str) -> None:
    """Draw the pipelines into `file`; what was never taken is dashed."""
    from piped import durable
    from piped.observe.covered import of_covered
    from piped.observe.graphviz import picture
    from piped.testing.edges import EdgeKind, edges_of

    kinds = {None: EdgeKind.STEP, False: EdgeKind.HAND_OVER, True: EdgeKind.ERROR_BRANCH}
    had = {
        (graph.name, edge.source, edge.target, edge.kind)
        for graph in taken.graphs
        for edge in edges_of(graph)
        if taken.has(edge)
    }
    drawing = of_covered(
        taken.graphs,
        lambda graph, one, other, on_error: (graph.name, one, other, kinds[on_error]) in had,
    )
    durable.write(Path(file), picture(drawing).encode())
