"""The trace of one baton: each hand-over between steps, in the order in which they happened."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from piped.observe.changes import NOTHING, Changes
from piped.observe.failures import FailureText

__all__ = ["Entry", "Place", "Trace", "Traced"]

# A loop may turn for ever; what is kept of it may not.
_MOST_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """A step of a pipeline. `processor` is the name of what it runs."""

    pipeline: str
    step: str
    processor: str = ""

    def __str__(self) -> str:
        return f"{self.processor or self.step} ({self.pipeline})"


@dataclass(frozen=True, slots=True)
class Entry:
    """A baton, on its way from a step to another.

    The first steps of a pipeline have it from the step that runs the pipeline, if there is one; a
    result goes to nobody. With a failure that is not for an error consumer, it is the failure that
    goes: back to the step from which the source had its baton.
    """

    source: Place | None
    destination: Place | None
    baton: Any  # a snapshot: what the source gave, or what it was given when it failed
    changes: Changes = NOTHING  # what the source has changed
    time: float | None = None  # what the source took, in seconds
    is_error_consumer: bool = False
    failure: FailureText | None = None

    @property
    def is_result(self) -> bool:
        return self.destination is None and self.failure is None

    def as_data(self) -> dict[str, Any]:
        """What JSON has of it."""
        return asdict(self)


@dataclass(slots=True)
class Trace:
    """The entries so far. Those that are too many are counted only."""

    entries: list[Entry] = field(default_factory=list)
    left_out: int = 0

    def add(self, entry: Entry) -> None:
        if len(self.entries) < _MOST_ENTRIES:
            self.entries.append(entry)
        else:
            self.left_out += 1


@dataclass(frozen=True, slots=True)
class Traced:
    """What came of one run: its results, or the failure that nobody took; and how."""

    results: list[Any]
    entries: tuple[Entry, ...]
    failure: Exception | None = None
    left_out: int = 0
