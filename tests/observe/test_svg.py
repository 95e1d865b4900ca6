"""Drawings as pictures."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, strategies as st

from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame, Look
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


def test_boxes_may_have_marks_and_arrows_between_those_that_have_the_same() -> None:
    marked = drawing("a: b c")
    marks = {box.id: "way last" if box.label == "b" else "way" for box in marked.boxes}
    del marks[next(box.id for box in marked.boxes if box.label == "c")]
    text = svg(marked.marked(marks), styled=False)
    kinds = Counter(path.get("class") for path in elements(text, "path"))
    assert (kinds["edge"], kinds["edge way"]) == (1, 1)
    assert elements(text, "style") == []
    assert sum("way" in (each.get("class") or "") for each in elements(text, "g")) == 2


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


def test_a_look_of_its_own_is_seen() -> None:
    boxes = [
        Box("a", "a", BoxKind.UNRESOLVED, look=Look("red", fill="yellow", ink="blue")),
        Box("b", "b", look=Look('"><script>', "dotted")),
    ]
    arrow = Arrow("a", "b", look=Look("#00FF00", "dashed", tooltip="3 ms"), label="7", id="baton_7")
    text = svg(Drawing([Frame("", boxes, [arrow])]))
    assert text.count("<ellipse") == 2
    assert 'class="shape" stroke="red" fill="yellow"' in text
    assert '<text class="label" fill="blue"' in text
    assert 'class="shape dotted" x=' in text
    assert "script" not in text
    [group] = [each for each in elements(text, "g") if each.get("id") == "baton_7"]
    said = [each.text for each in group if each.text]
    assert said == ["3 ms", "7"]


def test_arrows_between_frames_are_drawn_on_the_sheet() -> None:
    frames = [Frame("one", [Box("a", "a")]), Frame("two", [Box("b", "b")])]
    text = svg(Drawing(frames, [Arrow("a", "b", label="1")]))
    assert text.index('class="number"') > text.rindex('class="shape"')
