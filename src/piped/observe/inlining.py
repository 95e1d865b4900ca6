"""A picture of somebody's as a part of a page: what may run or fetch anything is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from piped.exceptions import UnfitBaton

__all__ = ["Inlined", "inlined"]

_ELEMENTS = {
    *("svg", "g", "a", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
    *("text", "tspan", "title", "desc", "defs", "marker", "style"),
    *("linearGradient", "radialGradient", "stop"),
}
_ATTRIBUTES = {
    *("class", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy"),
    *("width", "height", "viewBox", "points", "transform", "role", "aria-label", "opacity"),
    *("fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray"),
    *("text-anchor", "font-family", "font-size", "font-weight", "font-style"),
    *("marker-start", "marker-end", "refX", "refY", "markerWidth", "markerHeight", "markerUnits"),
    *("orient", "offset", "stop-color", "stop-opacity"),
}
_TOOLTIP = "{http://www.w3.org/1999/xlink}title"
# Those that the page uses, and those of our own arrow heads: others could be mistaken for its own.
_is_id = re.compile(r"baton_[0-9]+|piped-[a-z]+").fullmatch
_is_within = re.compile(r"url\(#piped-[a-z]+\)").fullmatch
_fetches = re.compile(r"url|import|\\\\", re.IGNORECASE).search
_LONGEST = 16_000_000
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Inlined:
    """An `svg` element for a page, and the texts of the styles in it."""

    text: str
    styles: tuple[str, ...]


def inlined(text: str) -> Inlined:
    """What may be shown of the picture. Raises UnfitBaton if it is none."""
    begin = text.find("<svg")
    if begin < 0 or len(text) > _LONGEST:
        raise UnfitBaton("there is no SVG to be shown, or it is too large")
    try:
        # Without what stands before it, there are no entities but those of XML itself.
        root = ET.fromstring(text[begin:])  # noqa: S314
    except ET.ParseError as error:
        raise UnfitBaton(f"the SVG cannot be read: {error}") from error
    kept = _kept(root, 0)
    if kept is None or kept.tag != "svg":
        raise UnfitBaton("there is no SVG to be shown")
    styles = tuple(each.text for each in kept.iter("style") if each.text)
    return Inlined(ET.tostring(kept, encoding="unicode", short_empty_elements=False), styles)


def _kept(element: ET.Element, depth: int) -> ET.Element | None:
    name = str(element.tag).rpartition("}")[2]
    if name not in _ELEMENTS or depth > _DEEPEST:
        return None
    if name == "style" and _fetches(element.text or ""):
        return None
    # A link leads away from the page: its tooltip stays.
    kept = ET.Element("g" if name == "a" else name, dict(_attributes(element)))
    kept.text = element.text
    if element.get(_TOOLTIP):
        ET.SubElement(kept, "title").text = element.get(_TOOLTIP)
    for each in element:
        child = _kept(each, depth + 1)
        if child is not None:
            child.tail = each.tail
            kept.append(child)
    return kept


def _attributes(element: ET.Element) -> Iterator[tuple[str, str]]:
    for name, value in element.items():
        leads_away = "url(" in value.lower() and not _is_within(value)
        known = _is_id(value) if name == "id" else name in _ATTRIBUTES
        if known and not leads_away:
            yield name, value
