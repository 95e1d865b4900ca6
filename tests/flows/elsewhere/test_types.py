"""Items that go over the wire are what they were, or are refused in words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from piped.exceptions import UnfitItem
from piped.flows.elsewhere.types import Types, typed


class Colour(Enum):
    RED = 1
    BLUE = "b"


@dataclass(frozen=True)
class Point:
    x: int
    y: float = 0.0


@dataclass(frozen=True)
class Entry:
    text: str
    raw: bytes
    at: datetime
    day: date
    price: Decimal
    key: UUID
    colour: Colour
    point: Point
    points: list[Point]
    named: dict[str, Point]
    is_good: bool
    nothing: None
    maybe: Point | None
    either: int | str | Point | list[bytes]
    both: Literal["one", "other"]
    more: tuple[int, ...] = ()
    below: Entry | None = None
    plain: Any = None


@dataclass
class Checked:
    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("less than nothing")


@dataclass
class Counted:
    number: int
    double: int = field(init=False)

    def __post_init__(self) -> None:
        self.double = 2 * self.number


KNOWN = typed(Entry, Checked, Counted, Colour)
FINITE = st.floats(allow_nan=False)
TEXTS = st.text(max_size=8)
POINTS = st.builds(Point, st.integers(), FINITE)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.builds(
    Entry,
    text=TEXTS,
    raw=st.binary(max_size=8),
    at=st.datetimes(timezones=st.sampled_from([None, UTC])),
    day=st.dates(),
    price=st.decimals(allow_nan=False),
    key=st.uuids(),
    colour=st.sampled_from(Colour),
    point=POINTS,
    points=st.lists(POINTS, max_size=2),
    named=st.dictionaries(TEXTS, POINTS, max_size=2),
    is_good=st.booleans(),
    nothing=st.none(),
    maybe=st.none() | POINTS,
    either=st.integers() | TEXTS | POINTS | st.lists(st.binary(max_size=3), max_size=2),
    both=st.sampled_from(["one", "other"]),
    more=st.lists(st.integers(), max_size=3).map(tuple),
    below=st.none(),
    plain=PLAIN,
)


def there(item: Any, types: Types = KNOWN) -> Any:
    """What an item is on the other side."""
    return types.decode(json.loads(types.encode(item)))


@given(ENTRIES, ENTRIES)
def test_an_item_of_a_class_is_what_it_was(entry: Entry, below: Entry) -> None:
    deep = Entry(**{**vars(entry), "below": below})
    assert there(deep) == deep


@given(PLAIN | st.binary() | st.datetimes() | st.dates() | st.uuids() | st.sampled_from(Colour))
def test_an_item_of_plain_json_is_what_it_was(item: Any) -> None:
    assert there(item) == item
    assert type(there(item)) is type(item)


@given(ENTRIES)
def test_the_text_of_an_item_is_one_line(entry: Entry) -> None:
    assert b"\n" not in KNOWN.encode(entry)


def test_what_is_made_in_a_constructor_does_not_go_over() -> None:
    assert there(Counted(2)) == Counted(2)


UNFIT = {
    '["Exit", {}]': "there is no class 'Exit' here",
    '["Entri", {}]': "there is no class 'Entri' here (did you mean 'Entry'?)",
    '["Checked", {"number": 1, "other": 2}]': "Checked has no field 'other'",
    '["Checked", {}]': "Checked: 'number' is missing",
    '["Checked", {"number": "1"}]': "Checked.number: expected int, got str",
    '["Checked", {"number": true}]': "Checked.number: expected int, got bool",
    '["Checked", {"number": 1.0}]': "Checked.number: expected int, got float",
    '["Checked", {"number": -1}]': "Checked: ValueError: less than nothing",
    '["Checked", [1]]': "expected Checked, got list",
    '["Colour", "GREEN"]': "expected a name of Colour, got str",
    '["bytes", "?"]': "expected bytes, got str",
    '["datetime", "soon"]': "expected datetime, got str",
    '["Decimal", "much"]': "expected Decimal, got str",
    "[]": "what came is no item",
    "5": "what came is no item",
    '[["Checked"], {}]': "there is no class \"['Checked']\" here",
    "[" * 150 + "]" * 150: "it is too deep",
}


@pytest.mark.parametrize(("text", "said"), UNFIT.items(), ids=UNFIT.values())
def test_what_is_not_of_its_type_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(UnfitItem) as caught:
        KNOWN.decode(json.loads(text))
    assert caught.value.msg == said


@dataclass
class Tree:
    below: Tree | None = None


def test_a_class_that_contains_itself_may_be_deep_but_not_too_deep() -> None:
    deep: Any = None
    for _ in range(5000):
        deep = {"below": deep}
    trees = typed(Tree)
    with pytest.raises(UnfitItem, match="too deep"):
        trees.decode(["Tree", deep])
    assert trees.decode(["Tree", {"below": {"below": None}}]) == Tree(Tree())


HERE = [{1: 2}, (1, 2), {1}, object(), [object()], Tree(), b"".join]


@pytest.mark.parametrize("item", HERE, ids=lambda item: type(item).__name__)
def test_what_has_no_place_on_the_wire_stays_here(item: Any) -> None:
    with pytest.raises(UnfitItem):
        KNOWN.encode(item)


@dataclass
class Strange:
    thing: object


@dataclass
class Keyed:
    names: dict[int, str]


@pytest.mark.parametrize("kind", [Strange, Keyed, int, object])
def test_a_class_that_cannot_go_over_is_a_mistake_at_once(kind: type) -> None:
    with pytest.raises(TypeError):
        typed(kind)


def test_two_classes_do_not_share_a_name() -> None:
    other: Any = dataclass(frozen=True)(type("Point", (Point,), {}))
    with pytest.raises(TypeError):
        typed(Point, other)
    assert there(other(1), typed(Point, Other=other)) == other(1)
