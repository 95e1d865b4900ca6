"""A drawing as data: boxes, the arrows between them, and a frame around each pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

__all__ = ["PLAIN", "Arrow", "Box", "BoxKind", "Drawing", "Frame", "Look"]


class BoxKind(Enum):
    """What a box stands for."""

    STEP = "step"
    SOURCE = "source"  # gets the baton that comes in
    SINK = "sink"  # hands to nobody: its baton is a result
    DECIDER = "decider"  # chooses who gets its baton
    REFERENCE = "reference"  # stands for something that is written elsewhere
    RESULT = "result"  # a baton that went to nobody
    OUTSIDE = "outside"  # hands batons over, and is no step
    DEPENDENCY = "dependency"
    UNRESOLVED = "unresolved"  # a dependency that has no state yet


@dataclass(frozen=True, slots=True)
class Look:
    """What is other than usual: colours as Graphviz and browsers name them, and the line."""

    colour: str = ""  # of the line
    line: str = ""  # "dashed", "dotted" or "bold"
    fill: str = ""
    ink: str = ""  # of the text
    tooltip: str = ""
    head: bool = True  # of an arrow
    marks: str = ""  # classes, for a page that shows them in its own way


PLAIN = Look()


@dataclass(frozen=True, slots=True)
class Box:
    """One step. `id` is unique in the drawing, `detail` a second, smaller line."""

    id: str
    label: str
    kind: BoxKind = BoxKind.STEP
    detail: str = ""
    look: Look = PLAIN


@dataclass(frozen=True, slots=True)
class Arrow:
    """A hand-over from one box to another: of an output, or of what led to a failure.

    One that is `loose` has no say in where boxes stand.
    """

    source: str
    target: str
    error: bool = False
    look: Look = PLAIN
    label: str = ""
    id: str = ""
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One pipeline: its boxes, and the arrows between them. `note` stands behind the name.

    Without a name it is no frame, but what stands outside of all. `upwards`: arrows lead up.
    """

    name: str
    boxes: Sequence[Box] = ()
    arrows: Sequence[Arrow] = ()
    note: str = ""
    upwards: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """Several pipelines, in the order in which they are to be seen, and what goes between them."""

    frames: Sequence[Frame] = ()
    between: Sequence[Arrow] = ()

    @property
    def boxes(self) -> Iterator[Box]:
        return (box for frame in self.frames for box in frame.boxes)

    @property
    def arrows(self) -> Iterator[Arrow]:
        yield from (arrow for frame in self.frames for arrow in frame.arrows)
        yield from self.between

    def marked(self, marks: Mapping[str, str]) -> Drawing:
        """The drawing with these marks on its boxes, by id; an arrow has those of both its ends."""
        return Drawing([_marked(each, marks) for each in self.frames], self.between)

    def as_data(self) -> dict[str, Any]:
        """What JSON has of it."""
        return {"pipelines": [_frame_data(each) for each in self.frames]}


def _marked(frame: Frame, marks: Mapping[str, str]) -> Frame:
    def look(look: Look, *ids: str) -> Look:
        first, *others = (marks.get(each, "").split() for each in ids)
        common = [mark for mark in first if all(mark in each for each in others)]
        return replace(look, marks=" ".join(common))

    boxes = [replace(box, look=look(box.look, box.id)) for box in frame.boxes]
    arrows = [
        replace(arrow, look=look(arrow.look, arrow.source, arrow.target)) for arrow in frame.arrows
    ]
    return replace(frame, boxes=boxes, arrows=arrows)


def _frame_data(frame: Frame) -> Mapping[str, Any]:
    boxes = [
        {"id": box.id, "label": box.label, "kind": box.kind.value, "detail": box.detail}
        for box in frame.boxes
    ]
    arrows = [
        {
            "source": each.source,
            "target": each.target,
            "kind": "error" if each.error else "consumer",
        }
        for each in frame.arrows
    ]
    return {"name": frame.name, "note": frame.note, "steps": boxes, "edges": arrows}
