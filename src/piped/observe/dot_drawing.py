"""A drawing of what stands in a text in the language of Graphviz.

What is known: clusters (each node is in its innermost), labels, shapes, colours, lines, tooltips,
ids and `constraint`. The rest of the language is read, and is of no meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape

from piped.observe.dot import SHAPES
from piped.observe.dot_grammar import DotEdge, DotGraph, DotNode, Markup, graph_of
from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame, Look

__all__ = ["drawing_of"]

_SHAPES = {
    "diamond": BoxKind.DECIDER,
    "plaintext": BoxKind.OUTSIDE,
    "plain": BoxKind.OUTSIDE,
    "none": BoxKind.OUTSIDE,
    "ellipse": BoxKind.DEPENDENCY,
    "oval": BoxKind.DEPENDENCY,
    "circle": BoxKind.DEPENDENCY,
    "doublecircle": BoxKind.UNRESOLVED,
}
_KINDS = {kind.value: kind for kind in BoxKind}
_LINES = ("dashed", "dotted", "bold")


def drawing_of(text: str) -> Drawing:
    """The drawing that `text` asks for. Raises DotSyntaxError."""
    graph = graph_of(text)
    upwards = graph.attributes.get("rankdir", "") == "BT"
    homes: list[int | None] = [None, *range(len(graph.clusters))]
    frames = [_frame(graph, home, upwards=upwards) for home in homes]
    between = tuple(
        _arrow(edge, directed=graph.directed)
        for edge in graph.edges
        if graph.nodes[edge.tail].cluster != graph.nodes[edge.head].cluster
    )
    return Drawing([each for each in frames if each.boxes], between)


def _frame(graph: DotGraph, home: int | None, *, upwards: bool) -> Frame:
    """A cluster; or what is in none, which has no name."""
    name = ""
    if home is not None:
        cluster = graph.clusters[home]
        label = cluster.attributes.get("label", cluster.name.removeprefix("cluster"))
        name = " ".join(_lines(label, cluster.name)) or " "
    boxes = [
        _box(id_, node, graph.name) for id_, node in graph.nodes.items() if node.cluster == home
    ]
    return Frame(name, boxes, list(_arrows(graph, home)), upwards=upwards)


def _arrows(graph: DotGraph, home: int | None) -> Iterator[Arrow]:
    for edge in graph.edges:
        if graph.nodes[edge.tail].cluster == graph.nodes[edge.head].cluster == home:
            yield _arrow(edge, directed=graph.directed)


def _box(id_: str, node: DotNode, graph_name: str) -> Box:
    label, *rest = _lines(node.attributes.get("label", "\\N"), id_, graph_name) or [""]
    return Box(id_, label, _kind(node.attributes), " · ".join(rest), _look(node.attributes))


def _kind(attributes: Mapping[str, str]) -> BoxKind:
    ours = _KINDS.get(attributes.get("class", ""))
    return ours or _SHAPES.get(attributes.get("shape", "ellipse"), BoxKind.STEP)


def _arrow(edge: DotEdge, *, directed: bool) -> Arrow:
    attributes = edge.attributes
    return Arrow(
        edge.tail,
        edge.head,
        error=attributes.get("class") == "error_consumer",
        look=_look(attributes, head=directed and attributes.get("dir") != "none"),
        label=" ".join(_lines(attributes.get("label", ""), "")),
        id=attributes.get("id", ""),
        loose=attributes.get("constraint") == "false" and "fold" not in attributes,
    )


def _look(attributes: Mapping[str, str], *, head: bool = True) -> Look:
    styles = {each.strip() for each in attributes.get("style", "").split(",")}
    colour = _first(attributes.get("color", ""))
    # What only repeats its kind is no look of its own.
    if attributes.get("class") == "error_consumer" and colour == "red":
        colour = ""
    line = _line(styles - _usual(attributes.get("class", "")))
    filled = _first(attributes.get("fillcolor", colour)) if "filled" in styles else ""
    return Look(
        colour,
        line,
        filled,
        _first(attributes.get("fontcolor", "")),
        " ".join(_lines(attributes.get("tooltip", ""), "")),
        head,
    )


def _usual(kind: str) -> set[str]:
    """The styles that a kind of box has anyway."""
    return set(SHAPES[_KINDS[kind]].get("style", "").split(",")) if kind in _KINDS else set()


def _line(styles: Iterable[str]) -> str:
    return next((each for each in _LINES if each in styles), "")


def _first(colours: str) -> str:
    """The first of a list of colours, without how much there is to be of it."""
    return re.split("[:;]", colours, maxsplit=1)[0].strip()


def _lines(label: str, name: str, graph_name: str = "") -> list[str]:
    """The lines of a label; of a node called `name`."""
    if isinstance(label, Markup):
        text = re.sub(r"<\s*br\b[^<>]*>", "\n", label, flags=re.IGNORECASE)
        return [each.strip() for each in unescape(re.sub(r"<[^<>]*>", "", text)).split("\n")]
    meanings = {"n": "\n", "l": "\n", "r": "\n", "N": name, "G": graph_name}
    text = re.sub(r"\\(.)", lambda found: meanings.get(found[1], found[1]), unescape(label))
    return [line.strip() for line in text.split("\n") if line.strip()]
