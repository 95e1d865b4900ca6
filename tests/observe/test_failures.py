"""Failures as data."""

from __future__ import annotations

from decimal import DivisionByZero

from piped.observe.failures import failure_text
from piped.processing.plan import Plan, Step
from piped.processing.run import start


def test_a_failure_says_what_it_is() -> None:
    failure = KeyError("a", {1})
    failure.add_note("in step 'x'")
    text = failure_text(failure)
    assert (text.type, text.args, text.notes) == ("KeyError", ("a", "{1}"), ("in step 'x'",))
    assert failure_text(DivisionByZero()).type == "decimal.DivisionByZero"


def test_our_own_lines_are_left_out_of_the_traceback() -> None:
    def burst(baton: object) -> None:
        raise ValueError("burst")

    try:
        start(Plan("it", (Step("a", burst),)), None)
    except ValueError as failure:
        lines = failure_text(failure).traceback
    assert [line.partition(" in ")[2] for line in lines] == [
        "test_our_own_lines_are_left_out_of_the_traceback",
        "burst",
    ]


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("no")

    __repr__ = __str__


def test_a_failure_that_cannot_be_shown_is_named_all_the_same() -> None:
    assert failure_text(Mute()).message == "<Mute without a repr: ValueError>"
