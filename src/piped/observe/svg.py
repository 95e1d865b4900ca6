"""Drawings as SVG for any browser, light or dark as its reader has it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import starmap

from piped.observe.drawing import BoxKind, Drawing
from piped.observe.layout import DETAIL, LABEL, TITLE, LaidArrow, LaidBox, LaidFrame, laid_out
from piped.observe.packing import packed

__all__ = ["svg"]

_MARGIN, _BETWEEN = 24.0, 24.0

_STYLE = f"""
.piped {{ --ink: #1f2328; --soft: #59636e; --paper: #ffffff; --frame: #f6f8fa; --rim: #d1d9e0;
  --box: #ffffff; --line: #818b98; --source: #0969da; --sink: #1a7f37; --decider: #9a6700;
  --error: #d1242f; font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }}
@media (prefers-color-scheme: dark) {{
  .piped {{ --ink: #e6edf3; --soft: #9198a1; --paper: #0d1117; --frame: #151b23; --rim: #3d444d;
    --box: #212830; --line: #7d8590; --source: #4493f8; --sink: #3fb950; --decider: #d29922;
    --error: #f85149; }}
}}
.piped .paper {{ fill: var(--paper); }}
.piped .pipeline {{ fill: var(--frame); stroke: var(--rim); }}
.piped .title {{ fill: var(--soft); font-size: {TITLE:g}px; font-weight: 600; }}
.piped .shape {{ fill: var(--box); stroke: var(--line); stroke-width: 1.2; }}
.piped .source .shape {{ stroke: var(--source); stroke-width: 1.8; }}
.piped .sink .shape {{ stroke: var(--sink); }}
.piped .decider .shape {{ stroke: var(--decider); }}
.piped .reference .shape {{ stroke-dasharray: 4 3; }}
.piped .label {{ fill: var(--ink); font-size: {LABEL:g}px; text-anchor: middle; }}
.piped .detail {{ fill: var(--soft); font-size: {DETAIL:g}px; text-anchor: middle; }}
.piped .edge {{ fill: none; stroke: var(--line); stroke-width: 1.3; }}
.piped .edge.error {{ stroke: var(--error); }}
.piped .head {{ fill: var(--line); }}
.piped .head.error {{ fill: var(--error); }}
"""


def svg(drawing: Drawing) -> str:
    """The picture: a frame for each pipeline, error consumers in red."""
    frames = [laid_out(each) for each in drawing.frames]
    places = packed([(each.width, each.height) for each in frames], _BETWEEN)
    corners = list(zip(frames, places, strict=True))
    width = max((x + each.width for each, (x, _) in corners), default=0) + 2 * _MARGIN
    height = max((y + each.height for each, (_, y) in corners), default=0) + 2 * _MARGIN
    return "\n".join(_lines(corners, width, height)) + "\n"


def _lines(
    corners: list[tuple[LaidFrame, tuple[float, float]]], width: float, height: float
) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="piped" role="img" aria-label="pipelines"'
        f' width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">'
    )
    yield f"<style>{_STYLE}</style>"
    yield f"<defs>{_head('head')}{_head('error')}</defs>"
    yield f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>'
    for frame, (x, y) in corners:
        yield f'<g transform="translate({x + _MARGIN:.1f} {y + _MARGIN:.1f})">'
        yield from _frame(frame)
        yield "</g>"
    yield "</svg>"


def _head(name: str) -> str:
    kind = "head error" if name == "error" else "head"
    return (
        f'<marker id="piped-{name}" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="7"'
        f' markerHeight="7" orient="auto" markerUnits="userSpaceOnUse">'
        f'<path class="{kind}" d="M0 0.5L7.5 4L0 7.5L1.5 4z"/></marker>'
    )


def _frame(frame: LaidFrame) -> Iterator[str]:
    yield f'<rect class="pipeline" width="{frame.width:.1f}" height="{frame.height:.1f}" rx="10"/>'
    yield f'<text class="title" x="14" y="20">{escape(frame.title)}</text>'
    yield from map(_arrow, frame.arrows)
    yield from map(_box, frame.boxes)


def _arrow(laid: LaidArrow) -> str:
    kind, head = ("edge error", "error") if laid.arrow.error else ("edge", "head")
    return f'<path class="{kind}" d="{laid.path}" marker-end="url(#piped-{head})"/>'


def _box(laid: LaidBox) -> str:
    box, y = laid.box, laid.y + LABEL * 0.35
    said = f"{box.label}: {box.detail}" if box.detail else box.label
    lines = [("label", laid.label, y)]
    if laid.detail:
        lines = [("label", laid.label, y - 8), ("detail", laid.detail, y + 8)]
    texts = "".join(starmap(lambda *line: _text(laid.x, *line), lines))
    return f'<g class="{box.kind.value}"><title>{escape(said)}</title>{_shape(laid)}{texts}</g>'


def _text(x: float, kind: str, text: str, y: float) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _shape(laid: LaidBox) -> str:
    left, top = laid.x - laid.width / 2, laid.y - laid.height / 2
    if laid.box.kind is BoxKind.DECIDER:
        return f'<path class="shape" d="{_hexagon(left, top, laid.width, laid.height)}"/>'
    corner = laid.height / 2 if laid.box.kind is BoxKind.SINK else 6
    return (
        f'<rect class="shape" x="{left:.1f}" y="{top:.1f}" width="{laid.width:.1f}"'
        f' height="{laid.height:.1f}" rx="{corner:.1f}"/>'
    )


def _hexagon(left: float, top: float, width: float, height: float) -> str:
    half, cut = height / 2, 11
    return (
        f"M{left:.1f} {top + half:.1f}l{cut} {-half:.1f}h{width - 2 * cut:.1f}"
        f"l{cut} {half:.1f}l{-cut} {half:.1f}h{2 * cut - width:.1f}z"
    )
