"""A drawing as data: boxes, the arrows between them, and a frame around each pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

__all__ = ["Arrow", "Box", "BoxKind", "Drawing", "Frame"]


class BoxKind(Enum):
    """What a box stands for."""

    STEP = "step"
    SOURCE = "source"  # gets the baton that comes in
    SINK = "sink"  # hands to nobody: its baton is a result
    DECIDER = "decider"  # chooses who gets its baton
    REFERENCE = "reference"  # stands for something that is written elsewhere


@dataclass(frozen=True, slots=True)
class Box:
    """One step. `id` is unique in the drawing, `detail` a second, smaller line."""

    id: str
    label: str
    kind: BoxKind = BoxKind.STEP
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A hand-over from one box to another: of an output, or of what led to a failure."""

    source: str
    target: str
    error: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One pipeline: its boxes, and the arrows between them. `note` stands behind the name."""

    name: str
    boxes: Sequence[Box] = ()
    arrows: Sequence[Arrow] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Several pipelines, in the order in which they are to be seen."""

    frames: Sequence[Frame] = ()

    @property
    def boxes(self) -> Iterator[Box]:
        return (box for frame in self.frames for box in frame.boxes)

    @property
    def arrows(self) -> Iterator[Arrow]:
        return (arrow for frame in self.frames for arrow in frame.arrows)

    def as_data(self) -> dict[str, Any]:
        """What JSON has of it."""
        return {"pipelines": [_frame_data(each) for each in self.frames]}


def _frame_data(frame: Frame) -> Mapping[str, Any]:
    boxes = [{**asdict(box), "kind": box.kind.value} for box in frame.boxes]
    arrows = [
        {
            "source": each.source,
            "target": each.target,
            "kind": "error" if each.error else "consumer",
        }
        for each in frame.arrows
    ]
    return {"name": frame.name, "note": frame.note, "steps": boxes, "edges": arrows}
