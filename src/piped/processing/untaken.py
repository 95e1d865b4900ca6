"""A failure that nobody takes leaves the pipeline, and says where it was."""

from __future__ import annotations

from typing import Any, NoReturn

from piped.exceptions import PipedError
from piped.processing.handling import restore
from piped.processing.plan import Plan, Step

__all__ = ["FailedAt", "add_place", "note_before", "raise_stopped", "raise_untaken"]

# What asyncio says where Twisted drives a coroutine, and does not know what it waits for.
_FOREIGN = ("await wasn't used with future",)
_WAY_OUT = (
    "Twisted drives this coroutine (ensureDeferred, or yield under inlineCallbacks), and can wait"
    " for no asyncio future: return the coroutine itself, or wait for piped.interop.outcome_of(it)"
)


class FailedAt(str):
    """The note on a failure that says where it was. Who is to draw that finds the plan here."""

    __slots__ = ("plan", "step")
    plan: Plan
    step: Step

    def __reduce__(self) -> tuple[Any, ...]:
        # A failure may go to another process; a plan cannot.
        return str, (str(self),)


def raise_untaken(failure: Exception, plan: Plan, step: Step) -> NoReturn:
    """Raise `failure`, the last that failed being `step`; its context stays what it is."""
    add_place(failure, plan, step)
    context = failure.__context__
    try:
        if isinstance(failure, StopIteration):
            raise_stopped(failure)
        raise failure
    finally:
        restore(failure, failure.__traceback__, context)
        # The traceback has this frame: what is raised must not lead back to itself.
        del failure, context


def raise_stopped(failure: StopIteration) -> NoReturn:
    """Raise something else in the place of `failure`.

    A coroutine cannot raise it, and a generator that ran the pipeline would end without a word.
    """
    error = PipedError(f"a step raised {failure!r}")
    try:
        raise error from failure
    finally:
        restore(error, error.__traceback__, failure)
        del error, failure  # see above


def note_before(taker: Step, failure: Exception, plan: Plan, step: Step) -> None:
    """Note where it failed, if `failure` has to wait for `taker` to close a generator."""
    if taker.part == "open":
        add_place(failure, plan, step)


def _is_noted(failure: BaseException | None, plan: Plan) -> bool:
    notes = getattr(failure, "__notes__", ())
    own = (each for each in notes if isinstance(each, FailedAt))
    return any(each.plan is plan for each in own)


def add_place(failure: Exception, plan: Plan, step: Step) -> None:
    """Note at `failure` in which step it was."""
    if step.part == "close" and (_is_noted(failure, plan) or _is_noted(failure.__cause__, plan)):
        return  # it has waited there
    where = f" ({step.place.file}:{step.place.line})" if step.place else ""
    note = FailedAt(f"in step {step.name!r} of pipeline {plan.name!r}{where}")
    note.plan, note.step = plan, step
    # Not by `add_note`: an exception may forbid to set its attributes, or have notes of its own.
    notes = failure.__dict__.setdefault("__notes__", [])
    # One that is raised again and again is not to grow.
    if isinstance(notes, list) and note not in notes:
        notes.append(note)
        if type(failure) is RuntimeError and failure.args == _FOREIGN:
            notes.append(_WAY_OUT)
