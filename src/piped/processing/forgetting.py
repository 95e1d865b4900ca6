"""A failure remembers what it came of, but not all of it for ever.

What fails while a failure is handled has that one as its context, which has another one, and so
on. A step whose error consumer tries it again may fail for days: its story is told by how it
began, and by what happened last. Of a traceback that grows with each turn, the same is true.
"""

from __future__ import annotations

from types import TracebackType

from piped.processing.handling import put

__all__ = ["ENTRIES", "MOST", "forget_most"]

# Exceptions that are remembered: the latest, and the first. They may become twice as many first,
# so that most turns have but to count them.
MOST = 16
# Entries of a traceback: half of them the latest.
ENTRIES = 100


def forget_most(failure: BaseException) -> None:
    """Let `failure` have no more than a few of those it came of, and a traceback of some length."""
    _shorten(failure.__traceback__)
    if not _remembers_many(failure):
        return
    latest, known = [failure], {id(failure)}
    for each in latest:
        for earlier in (each.__cause__, each.__context__):
            if earlier is not None and id(earlier) not in known:
                known.add(id(earlier))
                latest.append(earlier)
    if len(latest) > MOST:
        _join(latest[: MOST - 1], _first_of(failure))


def _remembers_many(failure: BaseException) -> bool:
    # What fails while another is handled has it as its context, whatever its cause is.
    each: BaseException | None = failure
    for _ in range(2 * MOST):
        each = each and each.__context__
        if each is None:
            return False
    return True


def _first_of(failure: BaseException) -> BaseException:
    met: set[int] = set()
    first: BaseException | None = failure
    # Somebody may have led it round in a circle.
    while first is not None and id(first) not in met:
        met.add(id(first))
        failure, first = first, first.__context__ or first.__cause__
    return failure


def _join(latest: list[BaseException], first: BaseException) -> None:
    """Whatever else one of `latest` came of, it has come of `first`."""
    kept = {id(each) for each in (*latest, first)}
    for each in latest:
        for way in ("__cause__", "__context__"):
            earlier = getattr(each, way)
            if earlier is not None and id(earlier) not in kept:
                put(each, way, first)


def _shorten(traceback: TracebackType | None) -> None:
    entries = []
    while traceback is not None:
        entries.append(traceback)
        traceback = traceback.tb_next
    if len(entries) > ENTRIES:
        entries[ENTRIES // 2 - 1].tb_next = entries[-ENTRIES // 2]
