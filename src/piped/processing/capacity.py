"""How many batons of a pipeline may be under way, how many may wait, what happens to one more.

1. `concurrency` is how many may be under way at once. Without it, there is no limit.
2. `queue` is how many more may wait. They have their turns in the order in which they came.
3. `overflow` is what happens to one more. It waits all the same (`wait`): a queue without an end.
   It fails (`fail`). It is given up (`drop-newest`). Or it waits in the place of the one that has
   waited longest, which is given up (`drop-oldest`).
4. What is not said: with a `queue`, one more fails; without, it waits. Whoever says that one more
   fails, or is dropped, and nothing of a queue, has none.
5. An heir has the limits of the pipeline that it inherits; what it says itself counts more, and
   null takes a limit away. A copy that is inlined has none: it is a part of another run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast, get_type_hints

from piped.conf.nodes import Entry
from piped.options import INVALID, Between, Check
from piped.options.findings import Invalid
from piped.problems import Kind, Place, Problem

__all__ = ["Capacity", "Limit", "LimitOptions", "Limits", "complaints_of_limits", "read_limits"]

Overflow = Literal["wait", "fail", "drop-newest", "drop-oldest"]


@dataclass(frozen=True, kw_only=True)
class LimitOptions:
    """
    concurrency: how many batons may be under way at once
    queue: how many more may wait for their turn
    overflow: what happens to one more: it waits, it fails, or one of them is dropped
    """

    concurrency: Annotated[int, Between(low=1)] | None = None
    queue: Annotated[int, Between(low=0)] | None = None
    overflow: Overflow | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as it is written, or INVALID. None takes away the one that would be inherited."""

    value: int | str | Invalid | None
    place: Place

    def __str__(self) -> str:
        return "null" if self.value is None else str(self.value)


Limits = Mapping[str, Limit]


def read_limits(entries: Mapping[str, Entry], owner: str, problems: list[Problem]) -> Limits:
    """The limits among the `entries` of a pipeline."""
    check, found = Check(), {}
    for name, type_ in get_type_hints(LimitOptions, include_extras=True).items():
        if name in entries:
            entry = entries[name]
            value = check.convert(entry.node, type_, f"{owner}.{name}")
            found[name] = Limit(value, entry.key_place)
    problems += check.problems
    return found


def complaints_of_limits(limits: Limits, owner: str) -> Iterator[Problem]:
    """How the limits of the pipeline `owner` do not go together."""
    values = _values(limits)
    queue, overflow = values.get("queue"), values.get("overflow")
    if "concurrency" not in values:
        for name in values:
            message = f"{owner} has {name}, but no concurrency: nobody ever has to wait"
            hint = "Say how many batons may be under way at once, as in `concurrency: 4`."
            yield Problem(Kind.MISSING_OPTION, limits[name].place, message, hint)
    elif overflow == "wait" and queue is not None:
        message = f"{owner} has a queue with an end, and yet one more is to wait"
        hint = "Leave out the queue, or let one more `fail`, or be dropped."
        yield Problem(Kind.CONFLICTING_OPTIONS, limits["overflow"].place, message, hint)
    elif overflow == "drop-oldest" and not queue:
        message = f"{owner} is to drop the oldest that waits, but nobody can wait"
        hint = "Add `queue: 1`, or more; or choose `drop-newest`."
        yield Problem(Kind.MISSING_OPTION, limits["overflow"].place, message, hint)


def _values(limits: Limits) -> dict[str, Any]:
    """Those that there are; of limits of which one is wrong, nothing is known."""
    if any(limit.value is INVALID for limit in limits.values()):
        return {}
    return {name: limit.value for name, limit in limits.items() if limit.value is not None}


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the limits come to. A queue that is None has no end."""

    concurrency: int
    queue: int | None = None
    overflow: Overflow = "wait"

    @classmethod
    def of(cls, limits: Limits) -> Capacity | None:
        """The capacity of a pipeline with these limits; None, if there is none to its batons."""
        values = _values(limits)
        if "concurrency" not in values:
            return None
        queue, overflow = values.get("queue"), values.get("overflow")
        if overflow is None:
            overflow = "wait" if queue is None else "fail"
        if overflow != "wait" and queue is None:
            queue = 0
        return cls(values["concurrency"], queue, cast("Overflow", overflow))

    @property
    def lets_wait(self) -> bool:
        """Whether anyone ever waits."""
        return self.queue != 0

    def __str__(self) -> str:
        queue = "" if self.queue is None else f", queue {self.queue}"
        return f"concurrency {self.concurrency}{queue}, overflow {self.overflow}"
