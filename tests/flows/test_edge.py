"""What may be joined."""

from __future__ import annotations

import collections.abc
from collections.abc import Iterable, Mapping, Sized
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal, NewType, Optional, Protocol, TypedDict, TypeVar

import pytest

from piped.exceptions import UnfitEdge
from piped.flows import Items, drain, series, tube
from piped.flows.edge import awaited, item_of, signature_of

T = TypeVar("T")
UserId = NewType("UserId", int)
Name = NewType("Name", str)


class Row(TypedDict):
    number: int


class Named(Protocol):
    name: str


class Animal:
    pass


class Dog(Animal):
    pass


class Event(collections.abc.Hashable):
    """Abstract: it has no __hash__."""


def fit(given: Any, taken: Any) -> bool:
    fount, sink = Items([]), drain(print).make()
    fount.output, sink.input = given, taken
    try:
        fount.flow_to(sink)
    except UnfitEdge:
        return False
    return True


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (int, int),
        (Any, int),
        (int, Any),
        (bool, int),
        (int, float),
        (float, int),
        (int, complex),
        (Dog, Animal),
        (Animal, Dog),  # it may give dogs
        (object, int),
        (list[int], list[str]),  # what is in there is not looked at
        (list[int], collections.abc.Sequence),
        (int | str, str | bytes),
        (Optional[int], None | str),  # noqa: UP045 - people write it
        (str | None, str),
        (Literal["a", 1], int),
        (UserId, int),
        (int, UserId),
        (Row, dict[str, Any]),
        (dict, Row),
        (Row, Mapping),
        (Annotated[int, "number"], int),
        (T, int),
        (Animal, Named),
        (Sized, Iterable),  # a list is both
        (Event, Sized),
        ("Unknown", int),
    ],
)
def test_what_may_be_of_the_other_type_fits(given: Any, taken: Any) -> None:
    assert fit(given, taken)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (int, str),
        (str, bytes),
        (list[int], dict),
        (int | float, str | bytes),
        (Literal["a", "b"], int),
        (UserId, str),
        (UserId, Name),
        (Row, list),
        (Annotated[int, "number"], str),
        (None, int),
        (type(None), str),
        (Decimal, int),
        (Dog, Sized),
    ],
)
def test_what_never_is_of_the_other_type_does_not(given: Any, taken: Any) -> None:
    if given is None:
        given = type(None)
    assert not fit(given, taken)


def test_the_message_names_both_and_their_types() -> None:
    def lengths(line: str) -> int:
        return len(line)

    def store(row: Mapping[str, int]) -> None:
        del row

    with pytest.raises(UnfitEdge) as raised:
        tube(lengths).make().flow_to(drain(store).make())
    assert "lengths gives int, and store takes collections.abc.Mapping[str, int]" in str(
        raised.value
    )


def test_the_ends_of_a_series_are_those_of_its_first_and_last() -> None:
    def lengths(line: str) -> int:
        return len(line)

    def doubled(number: int) -> bytes:
        return bytes(number)

    both = series(lengths, doubled)
    assert (both.input, both.output) == (str, bytes)


class Scaling:
    def __call__(self, item: int) -> float:
        return item / 2

    def method(self, item: str, more: int = 1) -> bytes:
        return item.encode() * more


def scaled(factor: int, item: str) -> bytes:
    return item.encode() * factor


def unknown(item: Missing) -> int:  # type: ignore[name-defined]  # noqa: F821 - that is the case
    return 1


def unsaid(item, factor: int):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - it says less
    return item * factor


class Made:
    number: str

    def __init__(self, number: int) -> None:
        self.number = str(number)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (Scaling(), (int, float)),
        (Scaling().method, (str, bytes)),
        (partial(scaled, 3), (str, bytes)),
        (partial(Scaling().method, more=2), (str, bytes)),
        (unknown, (Any, Any)),
        (unsaid, (Any, Any)),
        (partial(unsaid, factor=2), (Any, Any)),
        (len, (Any, Any)),
        (str.upper, (Any, Any)),
        (lambda item: item, (Any, Any)),
        (Made, (int, Made)),
        (int, (Any, int)),
    ],
)
def test_a_function_says_what_it_takes_and_returns(function: Any, expected: Any) -> None:
    assert signature_of(function) == expected


@pytest.mark.parametrize(
    ("hint", "item"),
    [
        (collections.abc.Iterator[bytes], bytes),
        (collections.abc.Generator[bytes, None, None], bytes),
        (collections.abc.AsyncIterator[int], int),
        (list[str], str),
        (list, Any),
        (int, Any),
        (Any, Any),
    ],
)
def test_what_yields_says_of_what(hint: Any, item: Any) -> None:
    assert item_of(hint) == item


@pytest.mark.parametrize(
    ("hint", "comes"),
    [
        (collections.abc.Awaitable[bytes], bytes),
        (collections.abc.Coroutine[Any, Any, int], int),
        (collections.abc.Generator[Any, Any, int], int),
        (collections.abc.Awaitable, Any),
        (int, int),
        (T, T),
        (list[int], list[int]),
    ],
)
def test_what_is_awaited_says_what_comes_of_it(hint: Any, comes: Any) -> None:
    assert awaited(hint) == comes


def test_what_twisted_waits_for_says_what_comes_of_it() -> None:
    from twisted.internet.defer import Deferred as Later

    assert awaited(Later[int]) is int
