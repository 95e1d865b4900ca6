"""What PostgreSQL gets by `COPY` is what psycopg would have written."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st
from psycopg._copy_base import TextFormatter
from psycopg.adapt import Transformer

from piped.processors.database_statements import _text_of

TEXTS = st.text(st.sampled_from("aö\t\n\r\\N\x01\ud800 "), max_size=6)
VALUES = st.one_of(TEXTS, TEXTS, st.none(), st.integers())


@given(
    rows=st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.lists(VALUES, min_size=width, max_size=width), min_size=1, max_size=5
        )
    )
)
def test_texts_are_written_as_psycopg_writes_them_or_left_to_it(rows: list[Any]) -> None:
    found = _text_of(rows, "utf-8")
    if found is not None:
        formatter = TextFormatter(Transformer())
        assert found == b"".join(map(formatter.write_row, rows)) + bytes(formatter.end())


def test_plain_texts_are_not_left_to_it() -> None:
    assert _text_of([("a", "b"), ("", "ö")], "utf-8") == "a\tb\n\tö\n".encode()
