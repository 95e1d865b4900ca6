"""Values as text: of anything, bounded, and without secrets."""

from __future__ import annotations

import time
from collections import OrderedDict, deque, namedtuple
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from piped.secret import HIDDEN, Secret
from piped.web.debugger.values import Budget, children, kind_of, shown

Point = namedtuple("Point", "x y")  # noqa: PYI024 - as old code has it

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.sets(st.integers() | st.text())
        | st.frozensets(st.integers())
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(PLAIN)
def test_what_is_small_is_shown_as_python_shows_it(value: Any) -> None:
    text = shown(value, longest=100_000)
    assert text == repr(value) or "…" in text


@settings(deadline=None)
@given(PLAIN, st.integers(0, 60))
def test_no_text_is_longer_than_was_asked_for(value: Any, longest: int) -> None:
    assert len(shown(value, longest)) <= longest + 1


class Awful:
    """Does whatever a class can do to those who look at it."""

    def __init__(self, failure: BaseException) -> None:
        self.failure = failure

    def __repr__(self) -> str:
        raise self.failure

    def __getattr__(self, name: str) -> Any:
        raise self.failure

    def __eq__(self, other: object) -> bool:
        raise self.failure

    def __bool__(self) -> bool:
        raise self.failure

    def __len__(self) -> int:
        raise self.failure

    __hash__ = None  # type: ignore[assignment]
    __str__ = __repr__


@pytest.mark.parametrize("failure", [ValueError("no"), SystemExit(3), RecursionError(), Awful])
def test_a_repr_that_raises_is_named(failure: Any) -> None:
    awful = Awful(failure if isinstance(failure, BaseException) else TypeError())
    for value in (awful, [awful], {"a": awful}, (awful,)):
        assert "Awful without a repr: " in shown(value)
        list(children(value))


class Hostile(type):
    """A class of classes that nobody can ask for anything."""

    def __hash__(cls) -> int:
        raise ValueError("no")

    def __getattribute__(cls, name: str) -> Any:
        raise ValueError("no")


def test_what_classes_do_is_no_matter() -> None:
    class Odd(metaclass=Hostile):
        pass

    class Posing:
        @property  # type: ignore[misc]
        def __class__(self) -> Any:
            raise ValueError("no")

    for value in (object.__new__(Odd), Posing()):
        assert shown([1, value]).startswith("[1, ")
        assert isinstance(kind_of(value), str)
        list(children(value))


def test_a_repr_that_is_no_text_or_does_not_end_is_named() -> None:
    class Number:
        def __repr__(self) -> str:
            return 3  # type: ignore[return-value]

    class Endless:
        def __repr__(self) -> str:
            while True:
                time.sleep(1)

    assert "without a repr: TypeError" in shown(Number())
    assert shown([1, Endless()]) == "[1, … (it took too long)"


def test_several_values_share_their_time() -> None:
    spent = Budget(0)
    assert shown("a", budget=spent) == "… (there was no time left)"
    assert shown("a", budget=Budget()) == "'a'"


def test_what_holds_itself_ends() -> None:
    value: list[Any] = [1]
    value.append(value)
    assert shown(value) == "[1, …]"
    deep: list[Any] = []
    for _ in range(10_000):
        deep = [deep]
    assert shown(deep) == "[[[[[[…]]]]]]"


def test_what_is_huge_is_quick() -> None:
    assert shown(10**100_000) == "<int of 332193 bits>"
    assert shown("x" * 10_000_000).endswith("…")
    assert shown(list(range(10_000_000)), 10) == "[0, 1, 2, …"
    assert len(shown(deque(range(10_000_000)))) < 2_100


def test_records_are_walked() -> None:
    @dataclass
    class Record:
        name: str
        inner: Any = None
        hidden: int = field(default=1, repr=False)

    assert shown(Record("a", [Record("b")])).replace(Record.__qualname__, "R") == (
        "R(name='a', inner=[R(name='b', inner=None)])"
    )

    @dataclass(frozen=True, slots=True)
    class Slotted:
        name: str

    @dataclass
    class Own:
        name: str

        def __repr__(self) -> str:
            return "<own>"

    assert shown(Slotted("a")).endswith("Slotted(name='a')")
    assert shown([Own("a")]) == "[<own>]"
    half = Record.__new__(Record)
    assert "without a repr: AttributeError" in shown(half)


def test_a_secret_is_not_shown_whole_or_in_part() -> None:
    secret = Secret("hunter2-and-more")
    assert shown({"password": secret}) == f"{{'password': {HIDDEN}}}"
    text = secret.reveal()
    for value in (text, [text], {text: text}, text.encode(), OrderedDict(a=text), Point(text, 1)):
        for longest in range(60):
            seen = shown(value, longest)
            assert "hunter" not in seen.replace(text, "")
            assert text not in seen
    assert [name for name, _ in children(secret)] == []


def test_children_are_what_one_holds_and_nothing_is_asked() -> None:
    class Slotted:
        __slots__ = ("a", "b")

        @property
        def c(self) -> int:
            raise AssertionError("it was asked")

    slotted = Slotted()
    slotted.a = 1  # type: ignore[attr-defined]
    assert list(children({"k": 1, 2: "b"})) == [("['k']", 1), ("[2]", "b")]
    assert list(children([5, 6])) == [("[0]", 5), ("[1]", 6)]
    assert list(children(Point(1, 2))) == [("[0]", 1), ("[1]", 2)]
    assert list(children({7})) == [("∋", 7)]
    assert list(children(slotted)) == [(".a", 1)]
    assert next(iter(children(Awful(ValueError()))))[0] == ".failure"
    assert list(children(3)) == list(children("text")) == list(children(int)) == []
    assert len(list(children(list(range(1000))))) == 200


def test_kinds_have_names() -> None:
    values: tuple[object, ...] = (1, None, OrderedDict())
    assert list(map(kind_of, values)) == ["int", "NoneType", "collections.OrderedDict"]


@settings(deadline=None)
@given(st.lists(st.integers(0, 300), min_size=2))
def test_more_room_shows_more(sizes: list[int]) -> None:
    value = {"text": "a" * 100, "list": list(range(30))}
    for small, large in pairwise(sorted(sizes)):
        assert len(shown(value, small)) <= len(shown(value, large))
