"""How long services take to be lost, and to be found again.

Tests note it by the fixture `losses`; the end of a run of tests tells of it.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["PROPERTY", "Losses", "table"]

PROPERTY = "loss"  # of the report of a test
ENDS = ("lost after", "found after")


class Loss:
    """One way to lose one service."""

    def __init__(self, note: Callable[[str, object], None], service: str, how: str) -> None:
        self._note = note
        self._what = service, how

    @contextmanager
    def _takes(self, end: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self._note(PROPERTY, [*self._what, end, time.perf_counter() - begun])

    def lost(self) -> Any:
        """To be put around what waits until it is lost."""
        return self._takes(ENDS[0])

    def found(self) -> Any:
        """To be put around what waits until it is found again."""
        return self._takes(ENDS[1])


class Losses:
    """What is noted in one test."""

    def __init__(self, note: Callable[[str, object], None]) -> None:
        self._note = note

    def of(self, service: str, how: str) -> Loss:
        return Loss(self._note, service, how)


def table(properties: Iterable[tuple[str, Any]]) -> list[str]:
    """The lines that tell of what was noted, in milliseconds; none if nothing was."""
    noted: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name, value in properties:
        if name == PROPERTY:
            service, how, end, seconds = value
            noted[service, how][end].append(1000 * seconds)
    if not noted:
        return []
    heads = "".join(f"{end:>12}{'longest':>10}" for end in ENDS)
    lines = [f"{'milliseconds':58}{heads}"]
    for (service, how), times in sorted(noted.items()):
        lines.append(f"{service + ': ' + how:58}" + "".join(_told(times[end]) for end in ENDS))
    return lines


def _told(times: list[float]) -> str:
    if not times:
        return f"{'-':>12}{'-':>10}"
    return f"{statistics.median(times):12.1f}{max(times):10.1f}"
