"""Pictures of dot text, with Graphviz and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from piped.exceptions import PipedError, ResourceError, UnfitBaton
from tests.processors.trying import complaint, result

TEXT = 'digraph { subgraph cluster_0 { label="inner"; a -> b [color=red] } b -> "c <d>" }'

needs_graphviz = pytest.mark.service("dot")


@pytest.fixture
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no Graphviz."""
    monkeypatch.setenv("PATH", str(tmp_path))


without_graphviz = pytest.mark.usefixtures("_alone")


def render(kind: str, text: Any = TEXT, more: str = "") -> Any:
    return result(f"render-dot: {{type: {kind}, output_path: content{more}}}", {"dot": text})[
        "content"
    ]


@needs_graphviz
@pytest.mark.parametrize(
    ("kind", "beginning"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", "<?xml"), ("json", "{")]
)
def test_graphviz_makes_any_type(kind: str, beginning: Any) -> None:
    assert render(kind).startswith(beginning)


@needs_graphviz
def test_it_is_a_png_in_the_place_of_the_text_if_nothing_else_is_said() -> None:
    assert result("render-dot", {"dot": TEXT.encode()})["dot"].startswith(b"\x89PNG")


@without_graphviz
def test_without_it_svg_is_drawn_all_the_same() -> None:
    root = ET.fromstring(render("svg"))
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert sorted(map(str, texts)) == ["a", "b", "c <d>", "inner"]


@without_graphviz
def test_without_it_other_types_are_refused_and_it_says_what_to_install() -> None:
    with pytest.raises(ResourceError, match="only Graphviz can make png") as raised:
        render("png")
    assert "apt-get install graphviz" in str(raised.value)


WRONG = "digraph {\n  a -> b\n  b -> ;\n}"


@needs_graphviz
def test_what_is_wrong_is_told_with_its_line() -> None:
    with pytest.raises(UnfitBaton, match=r"line 3, column 8: expected a node, .*, found ';'"):
        render("svg", WRONG)


@without_graphviz
def test_without_it_just_so() -> None:
    with pytest.raises(UnfitBaton, match=r"line 3, column 8: expected a node, .*, found ';'"):
        render("svg", WRONG)


@needs_graphviz
def test_a_type_that_graphviz_does_not_know_is_told_in_its_words() -> None:
    with pytest.raises(PipedError, match="nonsense"):
        render("nonsense")


@needs_graphviz
def test_no_file_is_read_for_a_graph(tmp_path: Path) -> None:
    image = tmp_path / "secret.png"
    image.write_bytes(render("png"))
    assert "secret" not in render("svg", f'digraph {{ a [image="{image}", label=""] }}')


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (7, "dot text is text, and this is of type int"),
        ("x" * 101, "the dot text has 101 characters, and 100 are allowed"),
    ],
)
def test_what_is_no_dot_text_is_unfit(text: Any, complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        render("svg", text, ", max_size: 100")


@without_graphviz
def test_what_would_take_us_too_long_is_unfit() -> None:
    many = " ".join(map(str, range(100)))
    with pytest.raises(UnfitBaton, match="has 10199 nodes and edges; without Graphviz"):
        render("svg", f"digraph {{ {{ {many} }} -> {{ {many.replace(' ', ' a')} }} }}")


@pytest.mark.parametrize("kind", ["-osvg", "svg -o/tmp/x", "../x", "SVG", "''"])
def test_a_type_is_a_word(kind: str) -> None:
    assert "is no type of picture" in complaint(f"render-dot: {{type: {kind}}}")


def test_a_type_of_the_baton_is_a_word_too() -> None:
    steps = "render-dot: {type: !path kind}"
    with pytest.raises(UnfitBaton, match="is no type of picture"):
        result(steps, {"dot": TEXT, "kind": "-o/tmp/x"})
    assert "<svg" in result(steps, {"dot": TEXT, "kind": "svg"})["dot"]


def test_wrong_options_are_told() -> None:
    assert "timeout" in complaint("render-dot: {timeout: long}")
    assert "max_size" in complaint("render-dot: {max_size: big}")
