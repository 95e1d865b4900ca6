"""The line of a file, and the caret under it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from piped.conf.excerpt import Excerpt, Excerpts
from piped.problems import Place


def excerpt(folder: Path, line: str, column: int, end: int = 0) -> Excerpt:
    file = folder / "x.yaml"
    file.write_bytes(line.encode("utf-8", "replace"))
    found = Excerpts().at(Place(str(file), 1, column, end))
    assert found is not None
    return found


#   what is tried: (line, column, end), what is shown
SHOWN: dict[str, tuple[tuple[str, int, int], tuple[str, int, str]]] = {
    "a word": (("a: word", 4, 8), ("a: word", 3, "^~~~")),
    "no end": (("a: word", 4, 0), ("a: word", 3, "^")),
    "behind the line": (("a:", 3, 0), ("a:", 2, "^")),
    "a tab": (("a:\tword", 4, 8), ("a:    word", 6, "^~~~")),
    "wide characters": (("日本: 語", 5, 6), ("日本: 語", 6, "^~")),
    "combining characters": (("e\u0301: x", 5, 6), ("e\u0301: x", 3, "^")),
    "a control character": (("a\x1b: x", 5, 6), ("a·: x", 4, "^")),
}


@pytest.mark.parametrize(("given_", "shown"), SHOWN.values(), ids=SHOWN)
def test_the_caret_stands_under_what_is_meant(
    tmp_path: Path, given_: tuple[str, int, int], shown: tuple[str, int, str]
) -> None:
    assert excerpt(tmp_path, *given_) == Excerpt(*shown)


def test_a_long_line_is_cut_around_the_caret(tmp_path: Path) -> None:
    shown = excerpt(tmp_path, "a" * 500 + "!" + "b" * 500, 501, 502)
    assert shown == Excerpt("… " + "a" * 40 + "!" + "b" * 59 + " …", 42, "^")
    assert shown.line[shown.indent] == "!"


def test_a_long_value_is_underlined_as_far_as_it_is_shown(tmp_path: Path) -> None:
    shown = excerpt(tmp_path, "a: " + "b" * 500, 4, 504)
    assert len(shown.line) == 102
    assert shown.caret == "^" + "~" * 96


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\u2028", "\x85"])
def test_lines_end_as_yaml_says(tmp_path: Path, ending: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(f"a{ending}b: c{ending}".encode())
    found = Excerpts().at(Place(str(file), 2, 4, 5))
    assert found == Excerpt("b: c", 3, "^")


def test_there_is_not_always_one(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("a")
    excerpts = Excerpts()
    assert excerpts.at(Place(str(file))) is None
    assert excerpts.at(Place(str(file), 2, 1)) is None
    assert excerpts.at(Place(str(tmp_path), 1, 1)) is None
    assert excerpts.at(Place("-O x", 1, 1)) is None
    assert excerpts.at(Place("\0", 1, 1)) is None


@given(st.text(), st.integers(1, 300), st.integers(0, 300))
def test_every_line_has_one(
    tmp_path_factory: pytest.TempPathFactory, line: str, column: int, end: int
) -> None:
    shown = excerpt(tmp_path_factory.getbasetemp(), line, column, end)
    assert shown.caret.startswith("^")
    assert "\n" not in shown.line
