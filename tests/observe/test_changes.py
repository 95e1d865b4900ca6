"""What differs between two snapshots."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from piped.observe.changes import Changes, changes
from piped.observe.snapshot import snapshot
from tests.observe.test_snapshot import values

CASES = {
    "nothing": ({"a": 1}, {"a": 1}, Changes()),
    "what came": ({}, {"a": {"b": 1}}, Changes(added=("a",))),
    "what became another": ({"a": {"b": 1}}, {"a": {"b": 2}}, Changes(changed=("a.b",))),
    "what went": ({"a": 1, "b": 2}, {"b": 2}, Changes(removed=("a",))),
    "of a list": ({"a": [1, 2]}, {"a": [1, 3, 4]}, Changes(("a.2",), ("a.1",))),
    "the whole": ({"a": 1}, [1], Changes(changed=("",))),
    "true is not one": ({"a": 1}, {"a": True}, Changes(changed=("a",))),
    "one is not one and a bit": (1, 1.0, Changes(changed=("",))),
}


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_changes(before: Any, after: Any, expected: Changes) -> None:
    assert changes(before, after) == expected
    assert bool(expected) == (before is not after and expected != Changes())


@given(values, values)
def test_only_what_differs_is_changed(one: Any, other: Any) -> None:
    one, other = snapshot(one), snapshot(other)
    assert not changes(one, one)
    there, back = changes(one, other), changes(other, one)
    assert sorted(there.added) == sorted(back.removed)
    assert sorted(there.changed) == sorted(back.changed)
