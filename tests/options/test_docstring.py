"""What docstrings say of options."""

from __future__ import annotations

from hypothesis import given, strategies as st

from piped.options.docstring import Docstring, parse_docstring

TEXT = """Turn text into
    a point in time.

    More about it.

    format_string: as `strptime` has it,
      and no other way
    note: this is no option
    as_date: give a date

    Even more.

    Example::

        pipeline: [parse-datetime: {format_string: "%d"}]
        given: a
        gives:
          b: c

    The end.
    """


def test_all_parts() -> None:
    found = parse_docstring(TEXT, {"format_string", "as_date"})
    assert found == Docstring(
        summary="Turn text into a point in time.",
        description="More about it.\n\nnote: this is no option\n\nEven more.\n\nThe end.",
        help={
            "format_string": "as `strptime` has it, and no other way",
            "as_date": "give a date",
        },
        example='pipeline: [parse-datetime: {format_string: "%d"}]\ngiven: a\ngives:\n  b: c',
    )


def test_help_alone() -> None:
    found = parse_docstring("\n        a: one\n        b: two\n        ", {"a", "b"})
    assert found == Docstring(help={"a": "one", "b": "two"})


def test_nothing_at_all() -> None:
    assert parse_docstring(None, {"a"}) == Docstring()


def test_an_example_at_the_end_of_one_line() -> None:
    assert parse_docstring("Do it.\n\nExample::\n\n    a: 1", ()).example == "a: 1"


@given(st.text())
def test_any_docstring_has_parts(text: str) -> None:
    found = parse_docstring(text, {"a"})
    assert found.help.keys() <= {"a"}
