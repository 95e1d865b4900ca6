"""A failure that is kept."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from piped.processing.run import start
from piped.web.debugger.failed import Asked, Failed, Step, notes_of
from tests.web.debugger.test_way import plan

ASKED = Asked("GET", "/", "127.0.0.1")


def failed_in(name: str, baton: Any) -> Failed:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the baton is its message
        start(plan(f"{name}: bad"), baton)
    return Failed(caught.value, ASKED)


def test_it_knows_the_steps_and_what_else_was_noted() -> None:
    failed = failed_in("a", 1)
    assert failed.steps == (Step("it", "bad"),)
    failed.exception.add_note("more")
    assert notes_of(failed.exception) == ["more"]
    assert failed.message == "1"


def test_what_is_alike_is_of_one_kind() -> None:
    assert failed_in("a", 1).kind == failed_in("a", 2).kind
    other = Failed(KeyError("a"), ASKED)
    assert other.kind != failed_in("a", 1).kind
    assert other.focus == -1
    assert other.console(0) is None


def test_the_frames_are_there_although_somebody_takes_the_traceback() -> None:
    failed = failed_in("a", "baton")
    failed.exception.__traceback__ = None
    console = failed.console(len(failed.spots) - 1)
    assert console is not None
    assert console.names["baton"] == "baton"
    assert failed.console(len(failed.spots) - 1) is console
    assert failed.console(len(failed.spots)) is None


def test_when_it_goes_all_that_it_kept_goes() -> None:
    class Baton:
        """Something that can be watched."""

    baton = Baton()
    watched = weakref.ref(baton)
    failed: Failed | None = failed_in("a", baton)
    del baton
    gc.collect()
    assert watched() is not None
    assert failed is not None
    failed.console(0)
    failed = None
    gc.collect()
    assert watched() is None
