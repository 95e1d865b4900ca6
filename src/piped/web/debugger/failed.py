"""A failure that is kept: what it was, where, and for whom."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property

from piped.processing.untaken import FailedAt
from piped.secret import redact
from piped.web.debugger.alarm import TooLong, limited
from piped.web.debugger.console import Console
from piped.web.debugger.frames import Raised, Spot, focus, raised
from piped.web.debugger.values import kind_of
from piped.web.debugger.way import steps_of

__all__ = ["Asked", "Failed", "Step", "message_of", "notes_of"]

_LONGEST_MESSAGE = 5_000
_MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that failed."""

    method: str
    uri: str
    client: str
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """A step that failed, by the names of it and of its pipeline."""

    pipeline: str
    step: str
    where: str = ""


@dataclass(eq=False)
class Failed:
    """An exception with its frames, alive as long as this is."""

    exception: BaseException
    asked: Asked
    consoles: dict[int, Console] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # At once: whoever handles the exception may take its traceback from it.
        self.raised: list[Raised] = raised(self.exception)
        self.spots: list[Spot] = [spot for each in self.raised for spot in each.spots]

    @property
    def focus(self) -> int:
        """The frame to look at first, among `spots`."""
        return focus(self.raised[0].spots)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps that failed, the outermost first."""
        notes = reversed(steps_of(self.exception))
        return tuple(Step(each.plan.name, each.step.name, _where(each)) for each in notes)

    @cached_property
    def message(self) -> str:
        """What the exception says."""
        return message_of(self.exception)

    @property
    def kind(self) -> Hashable:
        """What is alike has the same: the type, the line that failed, and the steps."""
        spot = self.spots[self.focus] if self.focus >= 0 else None
        where = (spot.file, spot.line) if spot else None
        return kind_of(self.exception), where, self.steps

    def console(self, frame: int) -> Console | None:
        """The console of that frame, if there is one of that number."""
        if frame not in self.consoles:
            if not 0 <= frame < len(self.spots):
                return None
            self.consoles[frame] = Console(self.spots[frame].frame)
        return self.consoles[frame]


def message_of(exception: BaseException) -> str:
    """What the exception says, whatever it does when it is asked."""
    return _text_of(exception)


def notes_of(exception: BaseException) -> list[str]:
    """What was noted on it, beside the steps."""
    notes = getattr(exception, "__notes__", ())
    if not isinstance(notes, list | tuple):
        return []
    others = [each for each in notes if not isinstance(each, FailedAt)]
    return [_text_of(each) for each in others[:_MOST_NOTES]]


def _where(note: FailedAt) -> str:
    place = note.step.place
    return f"{place.file}:{place.line}" if place else ""


def _text_of(value: object) -> str:
    try:
        with limited(0.2):
            return redact(str(value))[:_LONGEST_MESSAGE]
    except (Exception, TooLong, SystemExit) as failure:  # noqa: BLE001 - it may do anything
        return f"(it has no text: {kind_of(failure)})"
