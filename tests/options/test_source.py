"""Each character of a value is found again in its file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, strategies as st

from piped.options.source import spots_of
from piped.problems import Place
from tests.options.reading import node


def found(path: Path, text: str) -> list[str]:
    """The characters in the file at the spots of the only value in it, but blanks."""
    path.write_text(text, encoding="utf-8")
    scalar = node(text, str(path))
    value = getattr(scalar, "value")  # noqa: B009 - a scalar, as the tests write it
    spots = spots_of(value, scalar.origin.place)
    assert spots is not None
    assert len(spots) == len(value) + 1
    lines = text.split("\n")
    pairs = zip(value, spots, strict=False)
    at = [(char, lines[spot.line - 1][spot.column - 1 :]) for char, spot in pairs]
    return [
        f"{char} at {rest[:6]}"
        for char, rest in at
        if not char.isspace() and not rest.startswith((char, "\\"))
    ]


SCALARS = {
    "plain": "input: x + y\n".replace(":", ";"),
    "plain on many lines": "a b\n  c\n   d\n",
    "single quotes": "'it''s a ''b'' c'\n",
    "double quotes": '"a \\"b\\"\\n\\tc \\x41 \\u00e5 d"\n',
    "double quotes on many lines": '"a\n  b \\\n   c\n  d"\n',
    "a literal block": "|\n  a\n    b\n\n  c d\n",
    "a literal block with a head": "|2-  # why\n    a\n   b\n",
    "a folded block": ">\n  a b\n  c\n\n  d\n",
    "an anchor before": "&here !!str |\n  a\n  b\n",
    "characters of many bytes": "|\n  å = 'ø😀' + b\n",
}


@pytest.mark.parametrize("text", SCALARS.values(), ids=SCALARS)
def test_every_character_is_found(text: str, tmp_path: Path) -> None:
    assert found(tmp_path / "x.yaml", text) == []


def test_lines_columns_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a:\n  - |\n    åb\n    c\n", encoding="utf-8")
    spots = spots_of("åb\nc\n", Place(str(path), 2, 5))
    assert spots is not None
    assert [(spot.line, spot.column, spot.offset) for spot in spots[:4]] == [
        (3, 5, 4),
        (3, 6, 6),
        (3, 7, 7),
        (4, 5, 4),
    ]


@pytest.mark.parametrize("text", ["something else", "abc"])
def test_a_value_that_is_not_in_the_file_is_nowhere(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("ab")
    assert spots_of(text, Place(str(path), 1, 1)) is None


def test_what_has_no_file_is_nowhere(tmp_path: Path) -> None:
    assert spots_of("a", Place("-O", 1, 1)) is None
    assert spots_of("a", Place(str(tmp_path / "none.yaml"), 1, 1)) is None
    assert spots_of("a", Place(str(tmp_path / "none.yaml"))) is None


@given(
    text=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"])),
    style=st.sampled_from("'\"|>"),
)
def test_whatever_is_written_is_found(
    text: str, style: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    written = yaml.safe_dump(text, default_style=style, allow_unicode=True)
    assert found(tmp_path_factory.getbasetemp() / "any.yaml", written) == []
