"""Drawings in the language of Mermaid."""

from __future__ import annotations

import re

from hypothesis import given, strategies as st

from piped.observe.drawing import Box, Drawing, Frame
from piped.observe.mermaid import mermaid
from tests.observe.drawings import HARD, chain, drawing


def test_a_pipeline_is_a_subgraph() -> None:
    assert mermaid(drawing("a: b !c, c: a")).splitlines() == [
        "flowchart TD",
        '  subgraph p0 ["it"]',
        '    n0["a"]',
        '    n1["c"]',
        '    n2["b"]',
        "  end",
        "  n0 --> n2",
        "  n0 -.-> n1",
        "  n1 --> n0",
        "  linkStyle 1 stroke:#d1242f",
    ]


def test_every_kind_has_its_shape() -> None:
    text = mermaid(Drawing([chain(5)]))
    shapes = re.findall(r"n\d(\W+)\"step", text)
    assert shapes == ["[", "([", "[[", "{", ">"]


def test_what_means_something_is_written_as_an_entity() -> None:
    text = mermaid(Drawing([Frame("it", [Box("a", HARD, detail="x")])]))
    assert '["a #quot;b#quot; \\n #lt;c#gt; #amp; #35;d; #96;e#96; ]<br/>f<br/>x"]' in text


@given(st.text())
def test_any_name_stays_within_its_quotes(name: str) -> None:
    text = mermaid(Drawing([Frame(name, [Box(name, name)])]))
    assert text.count('"') == 4
