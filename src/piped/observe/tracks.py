"""Drawings of the way that one baton took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from piped.observe.drawing import PLAIN, Arrow, Box, BoxKind, Drawing, Frame, Look
from piped.observe.heat import colour_of_time, text_of_time
from piped.observe.timed import words_of_step
from piped.observe.trace import Entry, Place
from piped.processing.graph import Graph

__all__ = ["of_trace"]

_MOST = 2_000  # hand-overs that anybody could look at
_MOST_ALIKE = 5  # from one step to another; of more, only how many they are
_IN = "in"
_UNUSED = Look("grey", "dotted", ink="grey")
_UNUSED_ERROR = Look("pink", "dotted")


def of_trace(
    entries: Sequence[Entry], graphs: Mapping[str, Graph], *, show_unused: bool = True
) -> Drawing:
    """An arrow for each entry, numbered from 1; `graphs` has the steps that were not used."""
    return _Tracks(entries, graphs if show_unused else {}).drawing()


class _Tracks:
    def __init__(self, entries: Sequence[Entry], graphs: Mapping[str, Graph]) -> None:
        self._entries = entries
        self._left_out = 0
        self._drawn = 0
        # The arrows of one kind between two steps, and how many of them are not drawn.
        self._alike: dict[Any, list[Arrow]] = {}
        self._more: dict[Any, int] = {}
        self._graphs = graphs
        timed = [each.time for each in self._entries if each.time is not None]
        self._mean = sum(timed) / len(timed) if timed else 0.0
        # By the name of the pipeline; what belongs to none is under the empty name.
        self._boxes: dict[str, dict[str, Box]] = {}
        self._arrows: dict[str, list[Arrow]] = {}
        self._between: list[Arrow] = []

    def drawing(self) -> Drawing:
        for number, entry in enumerate(self._entries, 1):
            kind = (entry.source, entry.destination, bool(entry.failure), entry.is_error_consumer)
            alike = self._alike.setdefault(kind, [])
            if len(alike) >= _MOST_ALIKE:
                self._more[kind] = self._more.get(kind, 0) + 1
            elif self._drawn >= _MOST:
                self._left_out += 1
            else:
                self._drawn += 1
                alike.append(self._hand_over(number, entry))
        self._count_alike()
        for pipeline in self._boxes:
            if pipeline in self._graphs:
                self._add_unused(self._graphs[pipeline])
        if self._left_out:
            more = Box("more", f"… and {self._left_out} more", BoxKind.OUTSIDE)
            self._boxes.setdefault("", {})["more"] = more
        frames = [
            Frame(name, list(boxes.values()), self._arrows.get(name, []))
            for name, boxes in self._boxes.items()
        ]
        return Drawing(frames, self._between)

    def _count_alike(self) -> None:
        """Say on the last arrow of each kind how many more there were."""
        labels = {
            self._alike[kind][-1].id: f"{self._alike[kind][-1].label} +{count}"
            for kind, count in self._more.items()
        }
        for arrows in (*self._arrows.values(), self._between):
            arrows[:] = [replace(each, label=labels.get(each.id, each.label)) for each in arrows]

    def _hand_over(self, number: int, entry: Entry) -> Arrow:
        source = self._box_of(entry.source)
        if entry.is_result:
            pipeline = entry.source.pipeline if entry.source else ""
            target = self._add(pipeline, Box(f"result_{number}", "result", BoxKind.RESULT))
        else:
            target = self._box_of(entry.destination)
        arrow = Arrow(
            source[1],
            target[1],
            look=self._look(entry),
            label=str(number),
            id=f"baton_{number}",
            loose=entry.failure is not None and not entry.is_error_consumer,
        )
        within = source[0] == target[0]
        arrows = self._arrows.setdefault(source[0], []) if within else self._between
        arrows.append(arrow)
        return arrow

    def _look(self, entry: Entry) -> Look:
        if entry.failure is not None:
            said = ": ".join(filter(None, (entry.failure.type, entry.failure.message)))
            handled = entry.is_error_consumer
            colour = "red" if handled else "pink"
            return Look(colour, "dashed", ink="red" if handled else "", tooltip=_short(said))
        if entry.time is None:
            return Look("black")
        colour = colour_of_time(entry.time, self._mean)
        return Look(colour, tooltip=text_of_time(entry.time))

    def _box_of(self, place: Place | None) -> tuple[str, str]:
        """The pipeline and the id of the box for `place`."""
        if place is None:
            return self._add("", Box(_IN, "in", BoxKind.OUTSIDE))
        if not place.pipeline:
            name = place.processor or place.step
            return self._add("", Box(f"outside/{name}", name, BoxKind.OUTSIDE))
        label, detail = _said(place)
        box = Box(f"{place.pipeline}/{place.step}", label, detail=detail)
        return self._add(place.pipeline, box)

    def _add(self, pipeline: str, box: Box) -> tuple[str, str]:
        self._boxes.setdefault(pipeline, {}).setdefault(box.id, box)
        return pipeline, box.id

    def _add_unused(self, graph: Graph) -> None:
        """What stands in the pipeline and had no baton."""
        boxes = self._boxes[graph.name]
        ids = [f"{graph.name}/{each}" for each in graph.ids()]
        used = {(each.source, each.target) for each in self._arrows.get(graph.name, ())}
        for id_, vertex in zip(ids, graph.vertices, strict=True):
            label, detail = words_of_step(vertex.step)
            look = PLAIN if id_ in boxes else _UNUSED
            boxes[id_] = Box(id_, label, detail=detail, look=look)
        # Those of the pipeline come first, as they stand there; then the results.
        self._boxes[graph.name] = {id_: boxes[id_] for id_ in [*ids, *boxes]}
        arrows = self._arrows.setdefault(graph.name, [])
        for id_, vertex in zip(ids, graph.vertices, strict=True):
            arrows += _unused(id_, [ids[at] for at in vertex.consumers], used, _UNUSED)
            arrows += _unused(id_, [ids[at] for at in vertex.errors], used, _UNUSED_ERROR)


def _unused(
    source: str, targets: Iterable[str], used: set[tuple[str, str]], look: Look
) -> Iterable[Arrow]:
    return [Arrow(source, each, look=look) for each in targets if (source, each) not in used]


def _said(place: Place) -> tuple[str, str]:
    """A step by the name that it was given, and what it is."""
    if not place.processor or place.step.startswith(place.processor):
        return place.processor or place.step, ""
    return place.step, place.processor


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 200 else text[:199] + "…"
