"""Drawings in the language of Mermaid, which wikis and code hosts draw."""

from __future__ import annotations

from collections.abc import Iterator

from piped.observe.drawing import Box, BoxKind, Drawing

__all__ = ["mermaid"]

_SHAPES = {
    BoxKind.STEP: ("[", "]"),
    BoxKind.SOURCE: ("([", "])"),
    BoxKind.SINK: ("[[", "]]"),
    BoxKind.DECIDER: ("{", "}"),
    BoxKind.REFERENCE: (">", "]"),
}
# Entities begin with '#' there, and a new line is an element.
_ENTITIES = str.maketrans(
    {"#": "#35;", "&": "#amp;", "<": "#lt;", ">": "#gt;", '"': "#quot;", "`": "#96;"}
    | {"\r": "", "\n": "<br/>"}
)


def mermaid(drawing: Drawing) -> str:
    """A flow chart: a sub-graph for each pipeline, error consumers dotted and red."""
    return "\n".join(_lines(drawing)) + "\n"


def _lines(drawing: Drawing) -> Iterator[str]:
    # Names may have any characters, and a few words mean something: numbers mean nothing.
    ids = {box.id: f"n{at}" for at, box in enumerate(drawing.boxes)}
    yield "flowchart TD"
    for at, frame in enumerate(drawing.frames):
        label = f"{frame.name} ({frame.note})" if frame.note else frame.name
        yield f"  subgraph p{at} [{_quoted(label)}]"
        for box in frame.boxes:
            yield f"    {ids[box.id]}{_box(box)}"
        yield "  end"
    arrows = list(drawing.arrows)
    for arrow in arrows:
        line = "-.->" if arrow.error else "-->"
        yield f"  {ids[arrow.source]} {line} {ids[arrow.target]}"
    red = [str(at) for at, arrow in enumerate(arrows) if arrow.error]
    if red:
        yield f"  linkStyle {','.join(red)} stroke:#d1242f"


def _box(box: Box) -> str:
    before, after = _SHAPES[box.kind]
    label = f"{box.label}\n{box.detail}" if box.detail else box.label
    return f"{before}{_quoted(label)}{after}"


def _quoted(text: str) -> str:
    return f'"{text.translate(_ENTITIES)}"'
