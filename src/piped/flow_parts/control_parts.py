"""Tubes that say how items flow: how many wait, how many pass, and which travel together."""

from __future__ import annotations

import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from piped import flows
from piped.exceptions import ConfigurationError
from piped.flows.buffer import Overflow
from piped.flows.tube import Tube
from piped.flows.working import Failing
from piped.options import Between, DottedName, Duration, Lambda, Size
from piped.processors.fixed import bound, loaded

__all__ = [
    "batch",
    "buffer",
    "call",
    "change",
    "expire",
    "only",
    "processes",
    "rate",
    "roll_up",
    "sample",
    "spill",
    "unbatch",
    "window",
]

Count = Annotated[int, Between(1)]
_LONGEST_NAME = 40


def batch(size: Count = 100, within: Duration | None = None) -> Tube:
    """Make lists of items. A list is answered for all that it has.

    size: how many items make a list
    within: how long the first may wait until a list goes that is not full
    """
    return flows.batch(size, within=within)


def unbatch() -> Tube:
    """Make items of lists, or of whatever else can be iterated over."""
    return flows.unbatch()


def buffer(
    items: Count | None = None, size: Size | None = None, overflow: Overflow = "wait"
) -> Tube:
    """Have room for items, so that what is before does not wait for what is behind at once.

    items: how many there is room for; 1000 if no size is said
    size: for how many bytes or characters there is room
    overflow: what becomes of one more: it may `wait`, which holds back what is before, or be
        refused by `refuse`; `drop-oldest` drops what has waited longest, `drop-newest` the new one
    """
    return flows.buffer(items, size=size, overflow=overflow)


def expire(
    after: Duration,
    since: Lambda | None = None,
    items: Count | None = None,
    overflow: Overflow = "wait",
) -> Tube:
    """A buffer that drops what has waited for too long.

    after: how long an item may wait
    since: a lambda that gives the time from which that counts, in seconds since 1970, of an item
    items: how many there is room for
    overflow: what becomes of one more, as of `buffer`
    """
    return flows.expire(after, since=bound("since", since), items=items, overflow=overflow)


def rate(items: Count, per: Duration = 1.0) -> Tube:
    """Let so many items pass in a time; those in front wait.

    items: how many
    per: in which time
    """
    return flows.rate(items, per)


def sample(every: Duration | None = None, one_in: Count | None = None) -> Tube:
    """Let some items pass; of the others nothing is left to do.

    every: the newest of each interval so long
    one_in: one of so many
    """
    if (every is None) == (one_in is None):
        raise ConfigurationError("needs either `every` or `one_in`")
    return flows.sample(every=every, one_in=one_in)


def roll_up(
    within: Duration,
    fold: Lambda,
    start: Lambda | None = None,
    key: Lambda | None = None,
    items: Count = 10_000,
) -> Tube:
    """Make one item of all that come within a time. It is answered for all of them.

    within: the time
    fold: a lambda of what there is so far and an item, that gives what there is then
    start: a lambda without arguments that gives what there is at first; else that is the first item
    key: a lambda that gives the key of an item: then there is one for each key, as (key, folded)
    items: when so many were folded, what there is goes on early
    """
    return flows.roll_up(
        within,
        bound("fold", fold, 2),
        start=bound("start", start, 0),
        key=bound("key", key),
        items=items,
    )


def window(
    size: Count | None = None,
    step: Annotated[float, Between(0)] | None = None,
    within: Duration | None = None,
    items: Count = 10_000,
) -> Tube:
    """Make lists of the last items, one after each step.

    size: how many items a list has
    step: after how many items, or seconds, the next list follows; a whole window later by default
    within: in place of a size, the time of which a list has the items
    items: how many a list of a time may have, until what is before is held back
    """
    if (size is None) == (within is None):
        raise ConfigurationError("needs either a `size` or `within`")
    return flows.window(size, step, within=within, items=items)


def only(lambda_: Lambda, failing: Failing = "refuse") -> Tube:
    """Let those items pass for which a lambda holds; of the others nothing is left to do.

    lambda: a lambda like `item: item["level"] == "ERROR"`
    failing: an item for which it fails is refused to its originator, or with `stop` ends the flow
    """
    made = flows.only(bound("lambda", lambda_), failing=failing)
    made.name = _named("only", lambda_)
    return made


def change(lambda_: Lambda, failing: Failing = "refuse") -> Tube:
    """Make of each item what a lambda gives for it.

    lambda: a lambda like `item: item["number"] + 1`
    failing: an item for which it fails is refused to its originator, or with `stop` ends the flow
    """
    name = _named("change", lambda_)
    made: Tube = flows.tube(bound("lambda", lambda_), name=name, failing=failing)
    return made


def call(
    function: DottedName,
    *,
    parallel: Count = 1,
    ordered: bool = True,
    threaded: bool = False,
    failing: Failing = "refuse",
    key: Lambda | None = None,
) -> Tube:
    """Make of each item what a function gives for it, or all that a generator function yields.

    function: its name, like package.module.function; it may be asynchronous
    parallel: how many items are under way at once, if it is asynchronous or threaded
    ordered: whether what comes of them goes on in their order
    threaded: whether it runs in threads, for what would keep all others waiting
    failing: an item for which it fails is refused to its originator, or with `stop` ends the flow
    key: a lambda that gives the key of an item; of those with one key one is under way at once
    """
    found = loaded("function", function)
    if not callable(found):
        hint = "What `@flows.tube` has made stands in `through` by its own name, in a bundle."
        raise ConfigurationError(f"{function} is no function", hint=hint)
    make = flows.threads if threaded else flows.tube
    made: Tube = make(
        found,
        name=str(function),
        parallel=parallel,
        ordered=ordered,
        failing=failing,
        key=bound("key", key),
    )
    return made


def processes(
    target: str, parallel: Count = 1, ordered: bool = True, retry: Annotated[int, Between(0)] = 1
) -> Tube:
    """Make of each item what a function or a series gives for it, in other processes.

    target: what it is, as module:attribute
    parallel: how many processes there are
    ordered: whether what comes of items goes on in their order
    retry: how often an item is tried once more whose process has died; then it is refused
    """
    if not _is_target(target):
        raise ConfigurationError(f"there is no {target!r}", hint="Write `module:attribute`.")
    return flows.processes(target, parallel=parallel, ordered=ordered, retry=retry)


def spill(
    folder: Path,
    items: Count | None = None,
    size: Size | None = None,
    disk: Size = 1024**3,
) -> Tube:
    """Have room for items in memory, and beyond that on the disk, where they survive a crash.

    Items are bytes, or what JSON has. Those on the disk are confirmed to their originators.

    folder: where they are kept; nobody else may use it
    items: how many there is room for in memory; 1000 if no size is said
    size: for how many bytes or characters there is room in memory
    disk: how much there may be on the disk, until what is before is held back
    """
    made = flows.spill(folder.expanduser(), items=items, size=size, disk=disk)
    made.alone = (f"the folder {folder.expanduser().absolute()}",)
    return made


def _named(name: str, lambda_: Lambda) -> str:
    """What tells it from the others in a log."""
    return textwrap.shorten(f"{name} {lambda_.text}", _LONGEST_NAME, placeholder=" …")


def _is_target(target: str) -> bool:
    """Whether there is a module of that name, which is not imported here, and something in it."""
    module, _, attribute = target.partition(":")
    try:
        return bool(attribute) and find_spec(module) is not None
    except (ImportError, ValueError):
        return False
