"""Key paths into whatever there is."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, UserDict, defaultdict, deque
from copy import deepcopy
from functools import partial
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.exceptions import UnfitBaton
from piped.paths import (
    MISSING,
    BatonPath,
    components,
    get_path,
    getter,
    has_path,
    remove_path,
    set_path,
    setdefault_path,
    setter,
)


class Attributes(dict[str, Any]):
    """A mapping with attributes and a method of its own."""

    hobby = "maps"

    def __init__(self, **items: Any) -> None:
        super().__init__(items)
        self.own = "mine"

    def shout(self) -> str:
        return "!"

    @property
    def size(self) -> int:
        return len(self)


@dataclasses.dataclass
class Person:
    name: str
    address: Any = None

    def greet(self) -> str:
        return "hello"


@dataclasses.dataclass(frozen=True)
class Frozen:
    name: str


class Odd:
    """Takes items, of one kind only."""

    def __init__(self) -> None:
        self.items = [1]
        self.label = "old"

    def __getitem__(self, key: Any) -> Any:
        return self.items[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items[key] = value


#   what is tried: (object, path, what it leads to)
READINGS: dict[str, tuple[Any, Any, Any]] = {
    "an item": ({"a": 1}, "a", 1),
    "an item of an item": ({"a": {"b": 1}}, "a.b", 1),
    "deeper": ({"a": {"b": {"c": {"d": 1}}}}, "a.b.c.d", 1),
    "the object itself": ({"a": 1}, "", {"a": 1}),
    "anything itself": (None, "", None),
    "None that is there": ({"a": None}, "a", None),
    "an attribute": (Person("ada"), "name", "ada"),
    "an attribute of an item": ({"who": Person("ada")}, "who.name", "ada"),
    "an item of an attribute": (Person("ada", {"town": "x"}), "address.town", "x"),
    "a method of what is no mapping": (Person("ada"), "greet.__name__", "greet"),
    "an item rather than an attribute": (Attributes(own=1), "own", 1),
    "an attribute of a mapping": (Attributes(), "own", "mine"),
    "a property of a mapping": (Attributes(a=1), "size", 1),
    "an attribute of its class": (Attributes(), "hobby", "maps"),
    "an item called like a method": ({"items": 1, "keys": {"get": 2}}, "keys.get", 2),
    "an index": ([1, [2, 3]], "1.0", 2),
    "an index of a tuple": ({"a": (1, 2)}, "a.1", 2),
    "an index of another sequence": (deque([1, 2]), "1", 2),
    "a number among components": ([1, 2], [1], 2),
    "digits that are a key": ({"0": "text"}, "0", "text"),
    "a key with a dot": ({"a.b": {"c": 1}}, ["a.b", "c"], 1),
    "a key that is no text": ({1: {None: 2}}, (1, None), 2),
    "an empty key": ({"": {"": 1}}, ".", 1),
    "another mapping": (UserDict({"a": OrderedDict(b=1)}), "a.b", 1),
    "what a mapping makes of a missing key": (defaultdict(list), "a", []),
}
ABSENT: dict[str, tuple[Any, Any]] = {
    "a key": ({}, "a"),
    "a key of two": ({"a": {}}, "a.b"),
    "a key of three": ({"a": {"b": {}}}, "a.b.c"),
    "below what is missing": ({}, "a.b.c"),
    "below None": ({"a": None}, "a.b"),
    "below a number": ({"a": 1}, "a.b"),
    "an attribute": (Person("ada"), "age"),
    "a method of a dict": ({}, "items"),
    "a method of an inner dict": ({"a": {}}, "a.get"),
    "a method of another mapping": (OrderedDict(), "move_to_end"),
    "a method of a mapping by hand": (UserDict[str, int](), "update"),
    "a method of a mapping's own": (Attributes(), "shout"),
    "the class of a dict": ({}, "__class__"),
    "an index behind the end": ([1], "1"),
    "an index into nothing": ({"a": []}, "a.0"),
    "a name in a list": ([1], "first"),
    "an index from behind": ([1], "-1"),
    "a digit of another script": ([1], "\N{ARABIC-INDIC DIGIT ZERO}"),
    "more digits than a number has": ([1], "1" * 5000),
    "a letter of a text": ({"a": "text"}, "a.0"),
    "an item of a class": ({"a": list}, "a.int"),
    "an attribute that is no text": (Person("ada"), [1]),
}


@pytest.mark.parametrize(("object", "path", "expected"), READINGS.values(), ids=READINGS)
def test_a_path_leads_to(object: Any, path: Any, expected: Any) -> None:
    assert get_path(object, path) == expected
    assert getter(path)(object) == expected
    assert has_path(object, path)


@pytest.mark.parametrize(("object", "path"), ABSENT.values(), ids=ABSENT)
def test_a_path_does_not_lead_to(object: Any, path: Any) -> None:
    assert not has_path(object, path)
    assert get_path(object, path) is None
    assert get_path(object, path, "fallback") == "fallback"
    assert getter(path)(object) is MISSING
    assert getter(path)(object, None) is None


def test_what_goes_wrong_inside_an_object_is_not_hidden() -> None:
    class Broken:
        @property
        def value(self) -> None:
            raise RuntimeError("broken inside")

    with pytest.raises(RuntimeError, match="broken inside"):
        get_path(Broken(), "value")


def test_a_path_is_compiled_once() -> None:
    assert getter("a.b") is getter("a.b")
    assert getter(["a", "b"]) is getter(("a", "b"))
    assert setter("a.b") is setter("a.b")


def test_components_may_come_from_anything() -> None:
    assert components(each for each in "ab") == ("a", "b")
    assert components(BatonPath("a.b")) == ("a", "b")
    assert get_path({"a": {"b": 1}}, iter("ab")) == 1


#   what is tried: (object, path, what the object is after 9 was written there)
WRITINGS: dict[str, tuple[Any, Any, Any]] = {
    "a key": ({}, "a", {"a": 9}),
    "over what is there": ({"a": {"b": 1, "c": 2}}, "a.b", {"a": {"b": 9, "c": 2}}),
    "dicts on the way": ({}, "a.b.c", {"a": {"b": {"c": 9}}}),
    "two of them": ({}, "a.b", {"a": {"b": 9}}),
    "a key that is a method elsewhere": ({}, "items.get", {"items": {"get": 9}}),
    "an index": ({"a": [1, 2]}, "a.1", {"a": [1, 9]}),
    "below an index": ([{"a": 1}], "0.b", [{"a": 1, "b": 9}]),
    "a key with a dot": ({}, ["a.b", 1], {"a.b": {1: 9}}),
    "another mapping": (UserDict({}), "a.b", UserDict({"a": {"b": 9}})),
    "an attribute": (Person("ada"), "name", Person(9)),  # type: ignore[arg-type]  # what was written
    "below an attribute": (Person("ada", {}), "address.a", Person("ada", {"a": 9})),
    "below an attribute of a namespace": (
        SimpleNamespace(a={}),
        "a.b.c",
        SimpleNamespace(a={"b": {"c": 9}}),
    ),
}


@pytest.mark.parametrize(("object", "path", "expected"), WRITINGS.values(), ids=WRITINGS)
def test_writing(object: Any, path: Any, expected: Any) -> None:
    set_path(object, path, 9)
    assert object == expected
    assert get_path(object, path) == 9


def test_an_item_is_written_where_both_would_do() -> None:
    mapping = Attributes()
    set_path(mapping, "own", 9)
    assert (mapping["own"], mapping.own) == (9, "mine")


def test_an_attribute_is_written_where_no_item_is_taken() -> None:
    odd = Odd()
    set_path(odd, "label", "new")
    set_path(odd, [0], 2)
    assert (odd.label, odd.items) == ("new", [2])


#   what is tried: (object, path, what is said)
IN_THE_WAY: dict[str, tuple[Any, Any, str]] = {
    "None": ({"a": None}, "a.b", "cannot write 'a.b': 'a' is None, which takes no 'b'"),
    "a number": ({"a": {"b": 3}}, "a.b.c.d", "'a.b' is the int 3, which takes no 'c'"),
    "a text": ({"a": "text"}, "a.b", "'a' is the str 'text', which takes no 'b'"),
    "a method of a text": ({"a": "text"}, "a.upper", "'a' is the str 'text', which takes no"),
    "a list": ({"a": [1]}, "a.b", "'a' is a list of 1, which takes no 'b'"),
    "the end of a list": ({"a": [1]}, "a.1", "'a' is a list of 1, which takes no '1'"),
    "a list on the way": ({"a": []}, "a.0.b", "cannot write 'a.0.b': 'a' is a list of 0"),
    "a tuple": ((1,), "0", "the object itself is a tuple of 1, which takes no '0'"),
    "no such attribute": (Person("ada"), "age", "the object itself is the Person"),
    "an attribute of its own": (Frozen("ada"), "name", "the Frozen"),
    "a mapping for reading": (MappingProxyType({}), "a", "the mappingproxy"),
    "a key that is no text": (1, [2], "cannot write '2'"),
}


@pytest.mark.parametrize(("object", "path", "said"), IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_what_is_in_the_way_is_named_and_kept(object: Any, path: Any, said: str) -> None:
    before = repr(object)
    with pytest.raises(UnfitBaton) as caught:
        set_path(object, path, 9)
    assert said in caught.value.msg
    assert repr(object) == before


def test_the_empty_path_cannot_be_written_or_removed() -> None:
    with pytest.raises(ValueError, match="cannot be replaced"):
        set_path({}, "", 1)
    with pytest.raises(ValueError, match="cannot be removed"):
        remove_path({}, "")


def test_what_is_there_is_no_default() -> None:
    baton: dict[str, Any] = {"a": {"b": None}}
    assert setdefault_path(baton, "a.b", 1) is None
    assert setdefault_path(baton, "a.c", 1) == 1
    assert setdefault_path(baton, "", 1) is baton
    assert baton == {"a": {"b": None, "c": 1}}


#   what is tried: (object, path, what is left)
REMOVALS: dict[str, tuple[Any, Any, Any]] = {
    "a key": ({"a": 1, "b": 2}, "a", {"b": 2}),
    "a key within": ({"a": {"b": 1}}, "a.b", {"a": {}}),
    "an index": ([1, 2, 3], "1", [1, 3]),
    "an attribute": (SimpleNamespace(a=1), "a", SimpleNamespace()),
}


@pytest.mark.parametrize(("object", "path", "left"), REMOVALS.values(), ids=REMOVALS)
def test_removing(object: Any, path: Any, left: Any) -> None:
    remove_path(object, path)
    assert object == left


@pytest.mark.parametrize(("object", "path"), ABSENT.values(), ids=ABSENT)
def test_removing_what_is_missing_is_told_on_demand(object: Any, path: Any) -> None:
    remove_path(object, path)
    with pytest.raises(KeyError):
        remove_path(object, path, ignore_missing=False)


@pytest.mark.parametrize("object", [(1,), Frozen("ada"), MappingProxyType({"0": 1})])
def test_what_lets_nothing_go_is_named(object: Any) -> None:
    path = "name" if isinstance(object, Frozen) else "0"
    with pytest.raises(UnfitBaton, match=f"cannot remove '{path}': the object itself is"):
        remove_path(object, path)


def test_the_value_of_a_path_tag_is_text_that_shows_what_it_is() -> None:
    path = BatonPath("a.b")
    assert path == "a.b"
    assert repr(path) == "BatonPath('a.b')"


# What holds for all

KEYS = st.sampled_from(["a", "b", "items", "get", "0", "1", ""])
PATHS = st.lists(KEYS, min_size=1, max_size=4)
TREES = st.recursive(
    st.none() | st.integers() | st.text(max_size=2),
    lambda inner: st.dictionaries(KEYS, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)
DICTS = st.dictionaries(KEYS, TREES, max_size=4)


def followed(tree: Any, path: list[str]) -> Any:
    """The rules for dicts and lists, written down once more."""
    found = tree
    for key in path:
        if isinstance(found, dict) and key in found:
            found = found[key]
        elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
            found = found[int(key)]
        elif isinstance(found, dict) or not hasattr(found, key):
            return MISSING
        else:
            found = getattr(found, key)
    return found


@given(TREES, PATHS)
def test_all_readings_agree(object: Any, path: list[str]) -> None:
    # Attributes of lists and scalars are found, of which methods are made anew for each look.
    expected = followed(object, path)
    if not callable(expected):
        assert get_path(object, path, MISSING) is expected
        assert getter(path)(object) is expected
        assert getter(".".join(path))(object) is (object if path == [""] else expected)
        assert has_path(object, path) == (expected is not MISSING)


@given(DICTS, PATHS, st.integers())
def test_what_was_set_is_what_one_gets_and_what_was_refused_changed_nothing(
    object: Any, path: list[str], value: int
) -> None:
    before = repr(object)
    try:
        set_path(object, path, value)
    except UnfitBaton:
        assert repr(object) == before
    else:
        assert get_path(object, path) == value


@given(DICTS, PATHS, st.integers())
def test_a_setter_does_what_set_path_does(object: Any, path: list[str], value: int) -> None:
    copy = deepcopy(object)
    said = []
    for write in (partial(set_path, copy, path), partial(setter(path), object)):
        try:
            write(value)
        except UnfitBaton as error:
            said.append(error.msg)
        else:
            said.append("")
    assert said[0] == said[1]
    assert object == copy


ONLY_DICTS = st.recursive(st.none(), lambda inner: st.dictionaries(KEYS, inner), max_leaves=12)


@given(st.dictionaries(KEYS, ONLY_DICTS), PATHS)
def test_what_was_removed_is_not_there_and_the_rest_is(object: Any, path: list[str]) -> None:
    before = deepcopy(object)
    remove_path(object, path)
    assert not has_path(object, path)
    if has_path(before, path):
        set_path(object, path, get_path(before, path))
    assert object == before
