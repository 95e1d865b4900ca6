"""Drawings in the language of Graphviz."""

from __future__ import annotations

import re

from hypothesis import given, strategies as st

from piped.observe.dot import dot
from piped.observe.drawing import Box, Drawing, Frame
from tests.observe.drawings import HARD, drawing

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def test_a_pipeline_is_a_cluster() -> None:
    text = dot(drawing("a: b !c"))
    assert 'subgraph "cluster_0" {' in text
    assert 'label="it"; class="pipeline";' in text
    assert '"a" -> "b" [class="consumer"];' in text
    assert '"a" -> "c" [color="red", class="error_consumer"];' in text


def test_a_note_and_a_detail_are_shown() -> None:
    text = dot(Drawing([Frame("it", [Box("a", "b", detail="c")], note="inherits x")]))
    assert 'label="it (inherits x)"' in text
    assert 'label="b\\nc"' in text


@given(st.text())
def test_any_name_stays_within_its_quotes(name: str) -> None:
    text = dot(Drawing([Frame(name, [Box(name, name + HARD)])]))
    left = STRING.sub("", text)
    assert '"' not in left
    assert left.count("{") == left.count("}") == 2
