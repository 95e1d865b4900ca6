"""Lines of source as HTML."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings, strategies as st

from piped.secret import HIDDEN, Secret
from piped.web.debugger.frames import Line
from piped.web.debugger.highlight import highlighted


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"</?(?:mark|span)[^<>]*>", "", markup))


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("x = 1", 'x = <span class="number">1</span>'),
        ("if a:", '<span class="keyword">if</span> a:'),
        ("f('if 1 # <b>')", 'f(<span class="text">&#x27;if 1 # &lt;b&gt;&#x27;</span>)'),
        ("a # if", 'a <span class="comment"># if</span>'),
        ("a#b", "a#b"),
        ("", ""),
    ],
)
def test_words_have_classes(text: str, markup: str) -> None:
    assert highlighted(Line(1, text, marked=False)) == markup


def test_what_it_is_about_is_marked() -> None:
    line = Line(1, "x = 1 + y", marked=True, start=4, end=9)
    assert highlighted(line) == 'x = <mark><span class="number">1</span> + y</mark>'


def test_a_secret_in_the_source_is_not_shown() -> None:
    secret = Secret("gruffalo-1999").reveal()
    line = Line(1, f"open('{secret}')", marked=True, start=0, end=5)
    assert text_of(highlighted(line)) == f"open('{HIDDEN}')"


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(0, 70), st.integers(0, 70))
def test_all_of_the_text_is_there_and_no_markup_of_its_own(text: str, start: int, end: int) -> None:
    markup = highlighted(Line(1, text, marked=True, start=start, end=max(start, end)))
    assert text_of(markup) == text
    assert set(re.findall(r"<(\w+)", markup)) <= {"mark", "span"}
