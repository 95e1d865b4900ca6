"""Drawings as pictures."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, strategies as st

from piped.observe.drawing import Arrow, Box, Drawing, Frame
from piped.observe.svg import svg
from tests.observe.drawings import HARD, chain, drawing

SVG = "{http://www.w3.org/2000/svg}"


def elements(text: str, tag: str) -> list[ET.Element]:
    return list(ET.fromstring(text).iter(f"{SVG}{tag}"))


def test_a_picture_has_all_names() -> None:
    text = svg(drawing("alpha: beta !gamma", "greek"))
    said = [element.text for element in elements(text, "text")]
    assert said == ["greek", "alpha", "beta", "gamma"]


def test_error_edges_are_marked() -> None:
    paths = elements(svg(drawing("a: b !c")), "path")
    kinds = Counter(path.get("class") for path in paths)
    assert (kinds["edge"], kinds["edge error"]) == (1, 1)


def test_it_is_light_or_dark_as_the_reader_has_it() -> None:
    [style] = elements(svg(drawing("a: b")), "style")
    assert "prefers-color-scheme: dark" in (style.text or "")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_any_name_makes_a_picture(name: str) -> None:
    text = svg(Drawing([Frame(name, [Box("a", name + HARD, detail=name)], [Arrow("a", "a")])]))
    title = elements(text, "title")[0].text or ""
    assert HARD in title


@pytest.mark.parametrize(
    "frames", [[chain(5)], [chain(500)], [chain(10, f"n{n}") for n in range(50)]]
)
def test_it_holds_at_any_size(frames: list[Frame]) -> None:
    text = svg(Drawing(frames))
    root = ET.fromstring(text)
    shapes = [each for each in root.iter() if each.get("class") == "shape"]
    assert len(shapes) == sum(len(frame.boxes) for frame in frames)
    assert 0.3 < float(root.get("width", 0)) / float(root.get("height", 1)) < 3


def test_nothing_at_all_is_a_picture_too() -> None:
    assert elements(svg(Drawing()), "text") == []
