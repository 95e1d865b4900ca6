"""Drawings in the language of Graphviz."""

from __future__ import annotations

import re

from hypothesis import given, strategies as st

from piped.observe.dot import dot
from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame, Look
from tests.observe.drawings import HARD, chain, drawing

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


@given(st.text(min_size=1))
def test_any_name_stays_within_its_quotes(name: str) -> None:
    text = dot(Drawing([Frame(name, [Box(name, name + HARD)])]))
    left = STRING.sub("", text)
    assert '"' not in left
    assert left.count("{") == left.count("}") == 2


def test_a_look_of_its_own_is_told() -> None:
    box = Box("a", "a", BoxKind.DEPENDENCY, look=Look("green", "dotted", tooltip="ready & so"))
    arrow = Arrow("a", "a", look=Look("pink", "dashed"), label="3", id="baton_3", loose=True)
    text = dot(Drawing([Frame("", [box], [arrow], upwards=True)]))
    assert 'shape=ellipse, class="dependency", color="green"' in text
    assert 'tooltip="ready &amp; so", style="dotted"' in text
    assert 'color="pink", style="dashed", label="3", id="baton_3", constraint=false' in text
    assert "rankdir=BT" in text
    assert "subgraph" not in text


def test_what_goes_between_pipelines_stands_behind_them() -> None:
    frames = [Frame("one", [Box("a", "a")]), Frame("two", [Box("b", "b")])]
    text = dot(Drawing(frames, [Arrow("a", "b")]))
    assert text.endswith('  }\n  "a" -> "b" [class="consumer"];\n}\n')


def test_a_long_pipeline_begins_a_new_column_now_and_then() -> None:
    text = dot(Drawing([chain(100)]))
    assert 3 <= text.count("constraint=false, fold=true") <= 8
    assert "fold" not in dot(Drawing([chain(10)]))
