"""Drawings in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame

__all__ = ["dot"]

_SHAPES = {
    BoxKind.STEP: 'shape=box, style="rounded"',
    BoxKind.SOURCE: 'shape=box, style="rounded,bold"',
    BoxKind.SINK: 'shape=box, style="rounded", peripheries=2',
    BoxKind.DECIDER: "shape=diamond",
    BoxKind.REFERENCE: 'shape=box, style="rounded,dashed"',
}


def dot(drawing: Drawing) -> str:
    """The text for `dot`: a cluster for each pipeline, error consumers in red."""
    return "\n".join(_lines(drawing)) + "\n"


def _lines(drawing: Drawing) -> Iterator[str]:
    yield "digraph pipelines {"
    yield '  node [fontname="sans-serif", fontsize=11];'
    yield '  graph [fontname="sans-serif", fontsize=12, compound=true];'
    for at, frame in enumerate(drawing.frames):
        yield from _cluster(at, frame)
    yield "}"


def _cluster(at: int, frame: Frame) -> Iterator[str]:
    # A cluster is one by the beginning of its name, whatever follows.
    yield f"  subgraph {_quoted(f'cluster_{at}')} {{"
    label = f"{frame.name} ({frame.note})" if frame.note else frame.name
    yield f'    label={_quoted(label)}; class="pipeline";'
    yield from map(_box, frame.boxes)
    yield from map(_arrow, frame.arrows)
    yield "  }"


def _box(box: Box) -> str:
    label = f"{box.label}\n{box.detail}" if box.detail else box.label
    look = f"label={_quoted(label)}, {_SHAPES[box.kind]}, class={_quoted(box.kind.value)}"
    return f"    {_quoted(box.id)} [{look}];"


def _arrow(arrow: Arrow) -> str:
    look = 'color="red", class="error_consumer"' if arrow.error else 'class="consumer"'
    return f"    {_quoted(arrow.source)} -> {_quoted(arrow.target)} [{look}];"


def _quoted(text: str) -> str:
    """A string of the language: a backslash is one, and a new line is centred."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "")
    return '"' + escaped.replace("\n", "\\n") + '"'
