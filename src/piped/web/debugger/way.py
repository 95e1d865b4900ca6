"""The way of the baton to the step that failed, drawn."""

from __future__ import annotations

from collections.abc import Iterator

from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame
from piped.observe.svg import svg
from piped.processing.plan import Plan
from piped.processing.untaken import FailedAt

__all__ = ["drawn", "steps_of", "way_to"]

_MOST_STEPS = 40  # of one pipeline that are drawn, if it has more than are on the way
_MOST_PIPELINES = 8
_WAY, _FAILED = "way", "way failed"


def steps_of(exception: BaseException) -> tuple[FailedAt, ...]:
    """Where the exception left pipelines: the innermost first."""
    notes = getattr(exception, "__notes__", ())
    if not isinstance(notes, list | tuple):
        return ()
    return tuple(each for each in notes if isinstance(each, FailedAt))[:_MOST_PIPELINES]


def drawn(note: FailedAt) -> str:
    """The pipeline as SVG, with the step that failed; unstyled."""
    plan, name = note.plan.whole or note.plan, note.step.name
    way = way_to(plan, name)
    marks = {str(at): _WAY for at in way}
    marks |= {str(at): _FAILED for at in _named(plan, name)}
    drawing = Drawing([_frame(plan, way, name)])
    return svg(drawing.marked(marks), styled=False)


def way_to(plan: Plan, name: str) -> list[int]:
    """The steps from a source to the one of that name; only itself, if there are several ways."""
    found = _named(plan, name)
    if not found:
        return []
    before = _before(plan)
    way = [found[0]]
    while len(before[way[0]]) == 1 and way[0] not in plan.sources:
        [previous] = before[way[0]]
        if previous in way:
            return found
        way.insert(0, previous)
    is_only_one = way[0] in plan.sources and not before[way[0]]
    return way if is_only_one else found


def _named(plan: Plan, name: str) -> list[int]:
    return [at for at, step in enumerate(plan.steps) if step.name == name][:1]


def _before(plan: Plan) -> dict[int, set[int]]:
    """From which steps each may have its baton."""
    before: dict[int, set[int]] = {at: set() for at in range(len(plan.steps))}
    for at, step in enumerate(plan.steps):
        for each in (*step.consumers, *step.error_consumers):
            before[each].add(at)
    return before


def _frame(plan: Plan, way: list[int], failed: str) -> Frame:
    kept = set(_near(plan, way)) if len(plan.steps) > _MOST_STEPS else set(range(len(plan.steps)))
    boxes = [
        Box(str(at), step.name, _kind(plan, at), "failed" if step.name == failed else "")
        for at, step in enumerate(plan.steps)
        if at in kept
    ]
    arrows = [
        Arrow(str(at), str(each), error=error)
        for at, step in enumerate(plan.steps)
        for each, error in (
            *((each, False) for each in step.consumers),
            *((each, True) for each in step.error_consumers),
        )
        if at in kept and each in kept
    ]
    left_out = len(plan.steps) - len(kept)
    return Frame(plan.name, boxes, arrows, f"{left_out} more steps" if left_out else "")


def _near(plan: Plan, way: list[int]) -> Iterator[int]:
    """The end of the way, and what it hands to."""
    for at in way[-_MOST_STEPS:]:
        yield at
        step = plan.steps[at]
        yield from (*step.consumers[:3], *step.error_consumers[:3])


def _kind(plan: Plan, at: int) -> BoxKind:
    step = plan.steps[at]
    if step.choose:
        return BoxKind.DECIDER
    if at in plan.sources:
        return BoxKind.SOURCE
    return BoxKind.STEP if step.consumers else BoxKind.SINK
