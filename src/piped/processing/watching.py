"""Watching the runs of all pipelines there are, and of those that are made meanwhile.

1. A watch is asked at the beginning of each run. It makes the run, or leaves it to the one that
   was there before it.
2. A run that no watch makes is as it would be if nobody watched.
3. A meter is not asked at each run: it is put around what a run is, for as long as it is there.
4. While nobody watches, nobody is asked: a pipeline is told when that changes, and its `run` is
   another one then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from weakref import WeakSet

from piped.processing.plan import Plan
from piped.processing.run import Running

__all__ = [
    "Meter",
    "Run",
    "Watch",
    "Watched",
    "introduce",
    "metered",
    "metering",
    "watched_run",
    "watching",
]

Run = Callable[[Any], Running]


class Watched(Protocol):
    """What a watch sees of a pipeline."""

    name: str
    plan: Plan
    # Whether it is to begin each run by `watched_run`. To be told is to ask for `metered` again.
    watched: bool

    def run_unwatched(self, baton: Any) -> Running: ...


# The results of a run, as the watch has made it; or None.
Watch = Callable[[Any, Any], Running | None]

# What a run is, by what it was.
Meter = Callable[[Any, Run], Run]

_pipelines: WeakSet[Any] = WeakSet()
_watches: list[Watch] = []
_meters: list[Meter] = []


def introduce(pipeline: Watched) -> None:
    """Let the pipeline be watched from now on, whenever somebody watches."""
    _pipelines.add(pipeline)
    pipeline.watched = bool(_watches)


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Ask `watch` at the beginning of each run, meanwhile."""
    _watches.append(watch)
    _tell()
    try:
        yield
    finally:
        _watches.remove(watch)
        _tell()


@contextmanager
def metering(meter: Meter) -> Iterator[None]:
    """Put `meter` around what a run is, meanwhile."""
    _meters.append(meter)
    _tell()
    try:
        yield
    finally:
        _meters.remove(meter)
        _tell()


def metered(pipeline: Watched, run: Run) -> Run:
    """`run`, and all meters around it."""
    for meter in _meters:
        run = meter(pipeline, run)
    return run


def watched_run(pipeline: Watched, baton: Any) -> Running:
    """The run of `pipeline` as the last watch that wants it makes it."""
    for watch in reversed(_watches):
        running = watch(pipeline, baton)
        if running is not None:
            return running
    return pipeline.run_unwatched(baton)


def _tell() -> None:
    for pipeline in _pipelines:
        pipeline.watched = bool(_watches)
