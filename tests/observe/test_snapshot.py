"""What a baton holds at one moment."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import date
from typing import Any

from hypothesis import given, strategies as st

from piped.observe.snapshot import json_value, snapshot, text_of
from piped.secret import Secret

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(values)
def test_anything_becomes_json(value: Any) -> None:
    for copy in (snapshot(value), json_value(value)):
        assert json.loads(json.dumps(copy, allow_nan=False)) == copy


def test_what_json_has_stays_as_it_is() -> None:
    value = {"a": [1, 2.5, None, True, "x"], "b": {}}
    assert snapshot(value) == json_value(value) == value


def test_what_json_lacks_is_its_repr() -> None:
    given_ = {1: (1, {2}), "when": date(2024, 7, 1), "nan": float("nan"), None: b"x"}
    assert json_value(given_) == {
        "1": [1, "{2}"],
        "when": "datetime.date(2024, 7, 1)",
        "nan": "nan",
        "None": "b'x'",
    }


def test_a_snapshot_is_not_changed_with_the_baton() -> None:
    baton = {"a": [1]}
    taken = snapshot(baton)
    baton["a"].append(2)
    assert taken == {"a": [1]}


def test_what_holds_itself_ends() -> None:
    baton: dict[str, Any] = {"a": 1}
    baton["self"] = baton
    assert snapshot(baton) == {"a": 1, "self": "…"}


def test_the_same_thing_twice_is_no_circle() -> None:
    shared = [1]
    assert snapshot([shared, shared]) == [[1], [1]]


def test_what_is_too_deep_is_cut() -> None:
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    assert "…" in json.dumps(snapshot(deep), ensure_ascii=False)


def test_a_snapshot_is_of_a_size_that_can_be_kept() -> None:
    taken = snapshot([["x" * 50_000], list(range(5_000)), dict.fromkeys(range(5_000))])
    assert [len(taken[0][0]), len(taken[1]), len(taken[2])] == [10_001, 1_001, 1_001]
    assert len(json_value(list(range(5_000)))) == 5_000


def test_no_secret_is_shown() -> None:
    secret = Secret("hunter22")
    assert "hunter22" not in json.dumps(snapshot([secret, f"it is {secret.reveal()}"]))


def test_mappings_of_any_kind_are_mappings() -> None:
    assert snapshot(OrderedDict(a=1)) == {"a": 1}


class Mute:
    def __repr__(self) -> str:
        raise ValueError("no")


def test_what_has_no_repr_is_named_by_its_type() -> None:
    assert text_of(Mute()) == "<Mute without a repr: ValueError>"
    assert snapshot({"a": Mute()}) == {"a": "<Mute without a repr: ValueError>"}


class Broken(dict[str, Any]):
    def items(self) -> Any:
        raise ValueError("no")


def test_a_mapping_that_cannot_be_read_is_its_repr() -> None:
    assert snapshot(Broken(a=1)) == "{'a': 1}"
