"""Traces that come as data: what `as_data` gives, perhaps by way of JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from piped.exceptions import UnfitBaton
from piped.observe.changes import Changes
from piped.observe.failures import FailureText
from piped.observe.snapshot import snapshot
from piped.observe.trace import Entry, Place

__all__ = ["entries_of"]


def entries_of(trace: Any) -> list[Entry]:
    """The entries of a trace, whichever of the two they are. Raises UnfitBaton."""
    if not isinstance(trace, Sequence) or isinstance(trace, str | bytes):
        raise UnfitBaton(
            f"a trace is a list of entries, and this is {_kind(trace)}",
            hint="run-pipeline puts one where its option trace_path says.",
        )
    return [_entry(each, at) for at, each in enumerate(trace, 1)]


def _entry(value: Any, at: int) -> Entry:
    if isinstance(value, Entry):
        return value
    if not isinstance(value, Mapping):
        raise _unfit(at, f"it is {_kind(value)}")
    time = value.get("time")
    if time is not None and (isinstance(time, bool) or not isinstance(time, int | float)):
        raise _unfit(at, f"its time is {_kind(time)}")
    return Entry(
        _place(value.get("source"), at),
        _place(value.get("destination"), at),
        snapshot(value.get("baton")),
        _changes(value.get("changes") or {}, at),
        time,
        value.get("is_error_consumer") is True,
        _failure(value.get("failure"), at),
    )


def _place(value: Any, at: int) -> Place | None:
    if value is None or isinstance(value, Place):
        return value
    if not isinstance(value, Mapping):
        raise _unfit(at, f"a step of it is {_kind(value)}")
    return Place(*(str(value.get(key, "")) for key in ("pipeline", "step", "processor")))


def _changes(value: Any, at: int) -> Changes:
    if not isinstance(value, Mapping):
        raise _unfit(at, f"its changes are {_kind(value)}")
    return Changes(*(_texts(value.get(key)) for key in ("added", "changed", "removed")))


def _failure(value: Any, at: int) -> FailureText | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _unfit(at, f"its failure is {_kind(value)}")
    return FailureText(
        str(value.get("type", "")),
        str(value.get("message", "")),
        tuple(map(snapshot, value.get("args") or ())),
        _texts(value.get("notes")),
        _texts(value.get("traceback")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _kind(value: Any) -> str:
    return f"of type {type(value).__name__}"


def _unfit(at: int, what: str) -> UnfitBaton:
    return UnfitBaton(f"entry {at} of the trace cannot be read: {what}")
