"""What may come next, without asking anybody."""

from __future__ import annotations

import os
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from piped.secret import Secret
from piped.web.debugger.completion import complete
from piped.web.debugger.console import Names


class Trap:
    """Fails the test when it is asked."""

    plain = 1

    def __init__(self) -> None:
        self.inner = SimpleNamespace(deep=1)

    @property
    def computed(self) -> Any:
        raise AssertionError("a property was asked")

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked")

    def method(self) -> None: ...

    def __dir__(self) -> list[str]:
        raise AssertionError("__dir__ was asked")


def names() -> Names:
    import sys

    baton = {"name": "world", "nested": {"key": [Trap()]}, "odd'": 1, 3: "three"}
    trap = Trap()
    a_secret = Secret("rosebud-1941")
    missing: defaultdict[str, Any] = defaultdict(Trap)
    del a_secret, missing
    frame = sys._getframe()
    here = Names(frame.f_locals, frame.f_globals, frame.f_builtins)
    here["a_secret"] = Secret("rosebud-1941")
    here["missing"] = defaultdict(Trap)
    assert (baton, trap) is not None
    return here


def texts(before: str) -> list[str]:
    return [each.text for each in complete(before, names()).candidates]


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("ba", ["baton"]),
        ("print(ba", ["baton"]),
        ("x = tra", ["trap"]),
        ("Tra", ["Trap"]),
        ("isinst", ["isinstance"]),
        ("lamb", ["lambda"]),
        ("baton['n", ["name']", "nested']"]),
        ('baton["na', ['name"]']),
        ("baton['nested']['k", ["key']"]),
        ("baton['nested']['key'][0].inn", ["inner"]),
        ("trap.inner.d", ["deep"]),
        ("trap.com", ["computed"]),
        ("trap.computed.", []),
        ("trap.nothing.", []),
        ("trap.method.__sel", ["__self__"]),
        ("os.path.jo", ["join"]),
        ("f(x).ba", []),
        ("baton['nothing'].", []),
        ("missing['new'].", []),
        ("a_secret.", []),
        ("", []),
        ("1 + ", []),
    ],
)
def test_what_fits_is_found_and_nobody_is_asked(before: str, found: list[str]) -> None:
    assert texts(before)[: len(found) or None] == found


def test_what_begins_with_an_underscore_has_to_be_asked_for() -> None:
    assert not [each for each in texts("os.") if each.startswith("_")]
    assert "_exit" in texts("os._ex")


def test_candidates_have_a_kind_and_a_place() -> None:
    completion = complete("print(trap.pl", names())
    assert completion.start == len("print(trap.")
    assert [(each.text, each.kind) for each in completion.candidates] == [("plain", "int")]
    assert complete("x" * 10_000 + " ba", names()).start == 10_001


def test_there_are_never_too_many() -> None:
    assert os is not None
    here = names()
    here["many"] = {f"k{at}": at for at in range(1000)}
    assert len(complete("many['", here).candidates) == 200


@settings(deadline=None)
@given(st.text(alphabet="ab.[]'\"0 _()é", max_size=40))
def test_any_text_has_an_answer(text: str) -> None:
    here = names()
    here["a"] = here["b"] = {"a": [Trap()], "b": {"a": Trap()}}
    assert 0 <= complete(text, here).start <= len(text)
