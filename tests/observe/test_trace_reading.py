"""Traces that were data."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from piped.exceptions import UnfitBaton
from piped.observe.trace_reading import entries_of
from piped.observe.tracing import traced
from tests.observe.test_tracing import made


def test_what_json_has_of_a_trace_is_the_trace() -> None:
    pipeline = made("it: [set-value: {path: a, value: 1}, raise-exception: {args: wrong}]")
    entries = list(asyncio.run(traced(pipeline, {})).entries)
    data = json.loads(json.dumps([each.as_data() for each in entries]))
    assert entries_of(data) == entries
    assert entries_of(entries) == entries


@pytest.mark.parametrize(
    ("trace", "complaint"),
    [
        ("text", "a trace is a list of entries, and this is of type str"),
        ({}, "this is of type dict"),
        ([1], "entry 1 of the trace cannot be read: it is of type int"),
        ([{}, {"source": 1}], "entry 2 of the trace cannot be read: a step of it is of type int"),
        ([{"time": "x"}], "its time is of type str"),
        ([{"failure": []}], "its failure is of type list"),
        ([{"changes": [1]}], "its changes are of type list"),
    ],
)
def test_anything_else_is_unfit(trace: Any, complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        entries_of(trace)
