"""What PostgreSQL gets by `COPY` is what psycopg would have written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from psycopg._copy_base import TextFormatter
from psycopg.adapt import Transformer

from piped.processors.database_texts import Texts, joined, texts_of

TEXTS = st.text(st.sampled_from("aö\t\n\r\\N\x01\ud800 "), max_size=6)
VALUES = st.one_of(TEXTS, TEXTS, st.none(), st.integers())
PLAIN = st.text(st.characters(exclude_characters="\t\n\r\\", exclude_categories=["Cs"]), max_size=6)


def rows(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    def of_width(width: int) -> st.SearchStrategy[list[tuple[Any, ...]]]:
        return st.lists(st.tuples(*[values] * width), min_size=1, max_size=5)

    return st.integers(1, 3).flatmap(of_width)


def columns(rows: list[tuple[Any, ...]]) -> list[str]:
    return [f"column{at}" for at in range(len(rows[0]))]


@given(rows=rows(VALUES))
def test_texts_are_written_as_psycopg_writes_them_or_left_to_it(rows: list[Any]) -> None:
    found = texts_of(columns(rows), rows, "utf-8")
    if found is not None:
        formatter = TextFormatter(Transformer())
        assert found.data == b"".join(map(formatter.write_row, rows)) + bytes(formatter.end())


@given(rows=rows(PLAIN))
def test_what_is_kept_as_texts_gives_the_same_rows(rows: list[Any]) -> None:
    found = texts_of(columns(rows), rows, "utf-8")
    assert found is not None
    assert (len(found), list(found), found[1:]) == (len(rows), rows, rows[1:])


@given(rows=rows(PLAIN), at=st.integers(1, 5))
def test_those_of_several_are_those_of_all(rows: list[Any], at: int) -> None:
    parts = [texts_of(columns(rows), part, "utf-8") for part in (rows[:at], rows[at:]) if part]
    found = joined([each for each in parts if each is not None])
    assert found is not None
    assert (list(found), found.columns) == (rows, tuple(columns(rows)))


def test_plain_texts_are_not_left_to_it() -> None:
    found = texts_of(["x", "y"], [("a", "b"), ("", "ö")], "utf-8")
    assert found is not None
    assert found.data == "a\tb\n\tö\n".encode()


def test_they_are_made_once_when_they_are_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    found = texts_of(["x"], [("a",), ("b",), ("c",)], "utf-8")
    assert found is not None
    taken: list[Any] = []
    made = Texts.__getitem__

    def noted(texts: Texts, at: Any) -> Any:
        taken.append(at)
        return made(texts, at)

    monkeypatch.setattr(Texts, "__getitem__", noted)
    assert (list(found), len(taken)) == ([("a",), ("b",), ("c",)], 1)
