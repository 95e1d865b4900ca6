"""Pictures within a page."""

from __future__ import annotations

import pytest

from piped.exceptions import UnfitBaton
from piped.observe.graphviz import picture
from piped.observe.inlining import inlined
from piped.observe.svg import svg
from tests.observe.drawings import HARD, drawing

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>",
        "<image href='http://example.org/x.png'/>",
        "<set attributeName='href' to='javascript:alert(1)'/>",
        "<rect onclick='alert(1)'/>",
        "<a href='javascript:alert(1)' xlink:href='javascript:alert(1)'><text>x</text></a>",
        "<rect fill='url(http://example.org/x)'/>",
        "<rect style='background: url(http://example.org/x)'/>",
        "<rect id='trace'/>",
        "<style>rect { fill: url(http://example.org/x) }</style>",
        "<style>@import 'http://example.org/x';</style>",
        r"<style>@\\69mport 'x';</style>",
        "<use href='#x'/>",
    ],
)
def test_what_runs_or_fetches_or_could_be_mistaken_is_left_out(bad: str) -> None:
    text = inlined(SVG.format(bad)).text
    for each in ("alert", "http", "onclick", "iframe", "style", "id=", "<a", "use"):
        assert each not in text


def test_a_tooltip_stays_without_its_link() -> None:
    text = inlined(SVG.format('<a xlink:title="3 ms &lt;" xlink:href="x"><path d="M0 0"/></a>'))
    assert text.text == '<svg><g><title>3 ms &lt;</title><path d="M0 0"></path></g></svg>'


@pytest.mark.service("dot")
def test_all_of_our_own_drawings_stays() -> None:
    for text in (svg(drawing(f"a: b !c, b: {HARD.split()[0]}")), picture(drawing("a: b !c"))):
        found = inlined(text)
        assert found.text.count("<path") == text.count("<path")
        assert found.text.count("<text") == text.count("<text")
        [style] = found.styles
        assert "prefers-color-scheme: dark" in style


@pytest.mark.parametrize(
    "text",
    ["", "no picture", "<svg", "<svgx></svgx>", "<html><svg></svg></html>", "<svg>&x;</svg>"],
)
def test_what_is_no_picture_is_unfit(text: str) -> None:
    with pytest.raises(UnfitBaton, match="SVG"):
        inlined(text)


def test_entities_are_not_taken_apart() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg><text>&b;</text></svg>'
    with pytest.raises(UnfitBaton, match="undefined entity"):
        inlined(bomb)
