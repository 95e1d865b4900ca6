"""Words for people."""

from __future__ import annotations

import pytest

from piped.conf.nodes import Alias, Origin
from piped.options.wording import about, listed, quoted, shown
from piped.problems import Place
from tests.options.reading import node


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("soon", "'soon'"),
        ("1.50", "1.50"),
        ("true", "true"),
        ("null", "null"),
        ("[1]", "a list"),
        ("[]", "an empty list"),
        ("{a: 1}", "a mapping"),
        ("!path a.b", "!path a.b"),
        ("!secret hush", "a secret"),
        ("a" * 100, f"'{'a' * 59}…'"),
    ],
)
def test_what_was_found(text: str, words: str) -> None:
    assert shown(node(text)) == words


def test_an_alias_is_called_so() -> None:
    assert shown(Alias(("a.b",), Origin(Place("app.yaml")))) == "an alias"


def test_lists_of_words() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "a", "c"]) == "a, b or c"
    assert quoted(["a", 1]) == "'a', 1"
    assert [about("x", "y"), about("", "y")] == ["x: y", "y"]
