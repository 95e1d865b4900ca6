"""Drawings in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, sqrt

from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame, Look
from piped.observe.folding import folds

__all__ = ["SHAPES", "dot"]

SHAPES = {
    BoxKind.STEP: {"shape": "box", "style": "rounded"},
    BoxKind.SOURCE: {"shape": "box", "style": "rounded,bold"},
    BoxKind.SINK: {"shape": "box", "style": "rounded", "peripheries": "2"},
    BoxKind.DECIDER: {"shape": "diamond"},
    BoxKind.REFERENCE: {"shape": "box", "style": "rounded,dashed"},
    BoxKind.RESULT: {"shape": "diamond"},
    BoxKind.OUTSIDE: {"shape": "plaintext"},
    BoxKind.DEPENDENCY: {"shape": "ellipse"},
    BoxKind.UNRESOLVED: {"shape": "doublecircle"},
}


# What needs no quotes.
_BARE = {"shape", "peripheries", "constraint", "fold"}


def dot(drawing: Drawing) -> str:
    """The text for `dot`: a cluster for each pipeline, error consumers in red."""
    return "\n".join(_lines(drawing)) + "\n"


def _lines(drawing: Drawing) -> Iterator[str]:
    yield "digraph pipelines {"
    pack = "" if drawing.between else f", pack=24, packmode={_quoted(_packing(drawing))}"
    up = ", rankdir=BT" if any(frame.upwards for frame in drawing.frames) else ""
    yield f'  graph [class="piped", fontname="sans-serif", fontsize=12, compound=true{pack}{up}];'
    yield '  node [fontname="sans-serif", fontsize=11, penwidth=1.6];'
    yield '  edge [fontname="sans-serif", fontsize=10];'
    for at, frame in enumerate(drawing.frames):
        yield from _cluster(at, frame) if frame.name else _contents(frame, "  ")
    yield from (f"  {_arrow(each)}" for each in drawing.between)
    yield "}"


def _packing(drawing: Drawing) -> str:
    """How to put beside each other what is not joined: clusters in order, in rows."""
    if all(frame.name for frame in drawing.frames):
        return f"array_tu{ceil(sqrt(len(drawing.frames) * 4))}"
    return "graph"


def _cluster(at: int, frame: Frame) -> Iterator[str]:
    # A cluster is one by the beginning of its name, whatever follows.
    yield f"  subgraph {_quoted(f'cluster_{at}')} {{"
    label = f"{frame.name} ({frame.note})" if frame.note else frame.name
    yield f'    label={_quoted(label)}; class="pipeline"; sortv={at};'
    yield from _contents(frame, "    ")
    yield "  }"


def _contents(frame: Frame, margin: str) -> Iterator[str]:
    yield from (f"{margin}{_box(each)}" for each in frame.boxes)
    folded = folds(frame)
    for at, arrow in enumerate(frame.arrows):
        yield f"{margin}{_arrow(arrow, folded=at in folded)}"


def _box(box: Box) -> str:
    label = f"{box.label}\n{box.detail}" if box.detail else box.label
    look = {"label": label, **SHAPES[box.kind], "class": box.kind.value}
    look |= _attributes(box.look, look.get("style", ""))
    return f"{_quoted(box.id)} [{_list(look)}];"


def _arrow(arrow: Arrow, *, folded: bool = False) -> str:
    look = {"color": "red"} if arrow.error else {}
    look |= {"class": "error_consumer" if arrow.error else "consumer"}
    look |= _attributes(arrow.look)
    look |= {"labeltooltip": arrow.look.tooltip} if arrow.look.tooltip else {}
    look |= {"label": arrow.label} if arrow.label else {}
    look |= {"id": arrow.id} if arrow.id else {}
    look |= {"constraint": "false"} if arrow.loose or folded else {}
    # Graphviz does not know it: it tells our own layout that the arrow is like any other.
    look |= {"fold": "true"} if folded else {}
    return f"{_quoted(arrow.source)} -> {_quoted(arrow.target)} [{_list(look)}];"


def _attributes(look: Look, style: str = "") -> dict[str, str]:
    styles = [style, look.line, "filled" if look.fill else ""]
    found = {
        "color": look.colour,
        "fillcolor": look.fill,
        "fontcolor": look.ink,
        "tooltip": look.tooltip,
        "style": ",".join(filter(None, styles)) if look.line or look.fill else "",
    }
    return {name: value for name, value in found.items() if value}


def _list(attributes: dict[str, str]) -> str:
    return ", ".join(f"{name}={_value(name, value)}" for name, value in attributes.items())


def _value(name: str, value: str) -> str:
    return value if name in _BARE else _quoted(value)


def _quoted(text: str) -> str:
    """A string of the language: backslashes and entities mean themselves, new lines are centred."""
    return f'"{text.translate(_ESCAPED)}"'


_ESCAPED = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "&": "&amp;", "\n": "\\n", "\r": None, "\0": None}
)
