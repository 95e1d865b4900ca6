"""Traces as data."""

from __future__ import annotations

import json

import pytest

from piped.observe import trace as module
from piped.observe.trace import Entry, Place, Trace


def test_an_entry_is_data_for_json() -> None:
    entry = Entry(None, Place("it", "a-1", "a"), {"x": 1})
    assert json.loads(json.dumps(entry.as_data()))["destination"] == {
        "pipeline": "it",
        "step": "a-1",
        "processor": "a",
    }


def test_what_goes_to_nobody_is_a_result_but_no_failure_is() -> None:
    from piped.observe.failures import failure_text

    place = Place("it", "a-1", "a")
    assert Entry(place, None, 1).is_result
    assert not Entry(place, None, 1, failure=failure_text(ValueError())).is_result
    assert not Entry(None, place, 1).is_result


def test_entries_that_are_too_many_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ENTRIES", 2)
    trace = Trace()
    for at in range(5):
        trace.add(Entry(None, None, at))
    assert ([entry.baton for entry in trace.entries], trace.left_out) == ([0, 1], 3)


def test_a_place_is_called_by_its_processor() -> None:
    assert str(Place("it", "a-1", "a")) == "a (it)"
    assert str(Place("it", "a-1")) == "a-1 (it)"
