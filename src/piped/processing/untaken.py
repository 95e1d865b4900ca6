"""A failure that nobody takes leaves the pipeline, and says where it was."""

from __future__ import annotations

from typing import NoReturn

from piped.processing.plan import Plan, Step

__all__ = ["raise_untaken"]


def raise_untaken(failure: Exception, plan: Plan, step: Step) -> NoReturn:
    """Raise `failure`, the last that failed being `step`; its context stays what it is."""
    _note(failure, plan, step)
    context = failure.__context__
    try:
        raise failure
    finally:
        failure.__context__ = context
        # The traceback has this frame: what is raised must not lead back to itself.
        del failure, context


def _note(failure: Exception, plan: Plan, step: Step) -> None:
    where = f" ({step.place.file}:{step.place.line})" if step.place else ""
    note = f"in step {step.name!r} of pipeline {plan.name!r}{where}"
    # One that is raised again and again is not to grow.
    if note not in getattr(failure, "__notes__", ()):
        failure.add_note(note)
