"""Drawings as SVG for any browser, light or dark as its reader has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import escape
from itertools import starmap

from piped.observe.components import parts
from piped.observe.drawing import BoxKind, Drawing
from piped.observe.layout import (
    DETAIL,
    LABEL,
    TITLE,
    LaidArrow,
    LaidBox,
    LaidFrame,
    laid_between,
    laid_out,
)
from piped.observe.packing import packed
from piped.observe.theme import VARIABLES

__all__ = ["STYLE", "svg"]

_MARGIN, _BETWEEN = 24.0, 24.0

# What has a colour of its own has it as an attribute, which gives way to a style.
STYLE = f"""{VARIABLES}
.piped {{ font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }}
.piped .paper {{ fill: var(--paper); }}
.piped .pipeline {{ fill: var(--frame); stroke: var(--rim); }}
.piped .title {{ fill: var(--soft); font-size: {TITLE:g}px; font-weight: 600; }}
.piped .shape {{ stroke-width: 1.2; }}
.piped .shape:not([fill], [stroke^="#"]) {{ fill: var(--box); }}
.piped .shape:not([stroke]) {{ stroke: var(--line); }}
.piped .shape[stroke] {{ stroke-width: 2.2; }}
.piped .source .shape {{ stroke-width: 1.8; }}
.piped .source .shape:not([stroke]) {{ stroke: var(--source); }}
.piped .sink .shape:not([stroke]) {{ stroke: var(--sink); }}
.piped .decider .shape:not([stroke]), .piped .result .shape:not([stroke]) {{
  stroke: var(--decider); }}
.piped .reference .shape {{ stroke-dasharray: 4 3; }}
.piped .outside .shape {{ fill: none; stroke: none; }}
.piped .ring {{ fill: none; }}
.piped .ring:not([stroke]) {{ stroke: var(--line); }}
.piped .label {{ font-size: {LABEL:g}px; text-anchor: middle; }}
.piped .label:not([fill]) {{ fill: var(--ink); }}
.piped .detail {{ fill: var(--soft); font-size: {DETAIL:g}px; text-anchor: middle; }}
.piped .edge {{ fill: none; stroke-width: 1.3; }}
.piped .edge:not([stroke]) {{ stroke: var(--line); }}
.piped .edge.error:not([stroke]) {{ stroke: var(--error); }}
.piped .dashed {{ stroke-dasharray: 6 4; }}
.piped .dotted {{ stroke-dasharray: 2 3; }}
.piped .bold {{ stroke-width: 2.4; }}
.piped .number {{ font-size: {DETAIL:g}px; text-anchor: middle; paint-order: stroke;
  stroke: var(--frame); stroke-width: 4; }}
.piped .number:not([fill]) {{ fill: var(--soft); }}
.piped .head {{ fill: var(--line); }}
.piped .head.error {{ fill: var(--error); }}
.piped .head.own {{ fill: context-stroke; }}
"""
# What Graphviz and browsers both take for a colour.
_is_colour = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,30}").fullmatch


def svg(drawing: Drawing, *, styled: bool = True) -> str:
    """The picture: a frame for each pipeline, error consumers in red.

    A page that has `STYLE` in its own sheet wants a picture that is not `styled`.
    """
    frames = [laid_out(part) for each in drawing.frames for part in parts(each)]
    places = packed([(each.width, each.height) for each in frames], _BETWEEN)
    corners = list(zip(frames, places, strict=True))
    width = max((x + each.width for each, (x, _) in corners), default=0) + 2 * _MARGIN
    height = max((y + each.height for each, (_, y) in corners), default=0) + 2 * _MARGIN
    between = laid_between(drawing.between, _on_the_sheet(corners))
    return (
        "\n".join([*_lines(corners, width, height, styled), *map(_arrow, between), "</svg>"]) + "\n"
    )


Corners = list[tuple[LaidFrame, tuple[float, float]]]


def _on_the_sheet(corners: Corners) -> Mapping[str, LaidBox]:
    """All boxes, seen from the corner of the sheet."""
    return {
        each.box.id: replace(each, x=each.x + x + _MARGIN, y=each.y + y + _MARGIN)
        for frame, (x, y) in corners
        for each in frame.boxes
    }


def _lines(corners: Corners, width: float, height: float, styled: bool) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="piped" role="img" aria-label="pipelines"'
        f' width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">'
    )
    if styled:
        yield f"<style>{STYLE}</style>"
    yield f"<defs>{_head('head')}{_head('error')}{_head('own')}</defs>"
    yield f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>'
    for frame, (x, y) in corners:
        yield f'<g transform="translate({x + _MARGIN:.1f} {y + _MARGIN:.1f})">'
        yield from _frame(frame)
        yield "</g>"


def _head(name: str) -> str:
    kind = "head" if name == "head" else f"head {name}"
    return (
        f'<marker id="piped-{name}" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="7"'
        f' markerHeight="7" orient="auto" markerUnits="userSpaceOnUse">'
        f'<path class="{kind}" d="M0 0.5L7.5 4L0 7.5L1.5 4z"/></marker>'
    )


def _frame(frame: LaidFrame) -> Iterator[str]:
    if frame.title:
        size = f'width="{frame.width:.1f}" height="{frame.height:.1f}"'
        yield f'<rect class="pipeline" {size} rx="10"/>'
        yield f'<text class="title" x="14" y="20">{escape(frame.title)}</text>'
    yield from map(_arrow, frame.arrows)
    yield from map(_box, frame.boxes)


def _arrow(laid: LaidArrow) -> str:
    arrow, look = laid.arrow, laid.arrow.look
    stroke = _colour("stroke", look.colour)
    head = "own" if stroke else "error" if arrow.error else "head"
    kinds = ("edge", "error" if arrow.error else "", _line(look.line), look.marks)
    kind = " ".join(filter(None, kinds))
    end = f' marker-end="url(#piped-{head})"' if look.head else ""
    path = f'<path class="{kind}"{stroke} d="{laid.path}"{end}/>'
    if not (arrow.id or arrow.label or look.tooltip):
        return path
    id_ = f' id="{escape(arrow.id)}"' if arrow.id else ""
    tooltip = f"<title>{escape(look.tooltip)}</title>" if look.tooltip else ""
    x, y = laid.middle
    label = _text(x, "number", arrow.label, y + 4, look.ink) if arrow.label else ""
    return f"<g{id_}>{tooltip}{path}{label}</g>"


def _box(laid: LaidBox) -> str:
    box, y = laid.box, laid.y + LABEL * 0.35
    said = f"{box.label}: {box.detail}" if box.detail else box.label
    said = box.look.tooltip or said
    lines = [("label", laid.label, y, box.look.ink)]
    if laid.detail:
        lines = [("label", laid.label, y - 8, box.look.ink), ("detail", laid.detail, y + 8, "")]
    texts = "".join(starmap(lambda *line: _text(laid.x, *line), lines))
    kind = f"{box.kind.value} {box.look.marks}".rstrip()
    return f'<g class="{kind}"><title>{escape(said)}</title>{_shape(laid)}{texts}</g>'


def _text(x: float, kind: str, text: str, y: float, ink: str = "") -> str:
    fill = _colour("fill", ink)
    return f'<text class="{kind}"{fill} x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _colour(attribute: str, colour: str) -> str:
    return f' {attribute}="{colour}"' if _is_colour(colour) else ""


def _line(line: str) -> str:
    return line if line in ("dashed", "dotted", "bold") else ""


def _shape(laid: LaidBox) -> str:
    look, kind = laid.box.look, laid.box.kind
    classes = f"shape {_line(look.line)}".rstrip()
    stroke = _colour("stroke", look.colour)
    drawn = f'class="{classes}"{stroke}{_colour("fill", look.fill)}'
    left, top = laid.x - laid.width / 2, laid.y - laid.height / 2
    if kind in (BoxKind.DECIDER, BoxKind.RESULT):
        return f'<path {drawn} d="{_hexagon(left, top, laid.width, laid.height)}"/>'
    if kind is BoxKind.DEPENDENCY:
        return _ellipse(drawn, laid)
    if kind is BoxKind.UNRESOLVED:
        return _ellipse(drawn, laid) + _ellipse(f'class="ring"{stroke}', laid, 4)
    corner = laid.height / 2 if kind is BoxKind.SINK else 6
    return (
        f'<rect {drawn} x="{left:.1f}" y="{top:.1f}" width="{laid.width:.1f}"'
        f' height="{laid.height:.1f}" rx="{corner:.1f}"/>'
    )


def _ellipse(drawn: str, laid: LaidBox, within: int = 0) -> str:
    size = f'rx="{laid.width / 2 - within:.1f}" ry="{laid.height / 2 - within:.1f}"'
    return f'<ellipse {drawn} cx="{laid.x:.1f}" cy="{laid.y:.1f}" {size}/>'


def _hexagon(left: float, top: float, width: float, height: float) -> str:
    half, cut = height / 2, 11
    return (
        f"M{left:.1f} {top + half:.1f}l{cut} {-half:.1f}h{width - 2 * cut:.1f}"
        f"l{cut} {half:.1f}l{-cut} {half:.1f}h{2 * cut - width:.1f}z"
    )
