"""Drawings of flows, as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

from piped.conf.nodes import Mapping, plain
from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame
from piped.providers.flow_host_settings import FlowHostSettings
from piped.providers.flow_settings import SPLIT, Branch, FlowSettings, PartSettings

__all__ = ["of_flows", "of_hosts", "text_of_frame"]

_LONGEST_DETAIL = 60


def of_flows(flows: Iterable[tuple[str, FlowSettings]]) -> Drawing:
    """Each flow in a frame of its own."""
    return Drawing([_Written(f"flow {name}").frame(settings) for name, settings in flows])


def of_hosts(hosts: Iterable[tuple[str, FlowHostSettings]]) -> Drawing:
    """Each host in a frame of its own."""
    return Drawing([_Written(f"flow host {name}").hosted(settings) for name, settings in hosts])


class _Written:
    """One flow on its way to a frame."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._boxes: list[Box] = []
        self._arrows: list[Arrow] = []

    def frame(self, settings: FlowSettings) -> Frame:
        ends = []
        for branch in settings.from_:
            fount = self._box(branch.parts[0], BoxKind.SOURCE)
            ends += self._series(branch.parts[1:], [fount])
        ends = self._series(settings.through, ends)
        for branch in settings.to:
            self._end(branch, ends, _label(branch))
        note = f"then {settings.on_end}" if settings.on_end != "leave" else ""
        return Frame(self._name, self._boxes, self._arrows, note)

    def hosted(self, settings: FlowHostSettings) -> Frame:
        self._boxes.append(Box(f"{self._name}/0", "remote", BoxKind.SOURCE, settings.listen))
        ends = self._series(settings.through, [self._boxes[0].id])
        back = Box(f"{self._name}/{len(self._boxes)}", "remote", BoxKind.SINK, "back to its sender")
        self._boxes.append(back)
        self._join(ends, back.id, "")
        return Frame(self._name, self._boxes, self._arrows)

    def _end(self, branch: Branch, ends: list[str], label: str) -> None:
        *before, last = branch.parts
        ends = self._series(before, ends, label)
        label = "" if before else label
        for each, key in _labelled(last):
            self._end(each, ends, key)
        if not last.branches:
            self._join(ends, self._box(last, BoxKind.SINK), label)

    def _series(self, parts: Iterable[PartSettings], ends: list[str], label: str = "") -> list[str]:
        """Where it goes on behind these parts."""
        for part in parts:
            if part.branches:
                each = [self._series(one.parts, ends, key) for one, key in _labelled(part)]
                ends = [end for some in each for end in some]
            else:
                box = self._box(part, BoxKind.STEP)
                self._join(ends, box, label)
                ends = [box]
            label = ""
        return ends

    def _join(self, ends: list[str], box: str, label: str) -> None:
        self._arrows += [Arrow(end, box, label=label) for end in ends]

    def _box(self, part: PartSettings, kind: BoxKind) -> str:
        id_ = f"{self._name}/{len(self._boxes)}"
        self._boxes.append(Box(id_, part.name, kind, _detail(part)))
        return id_


def _label(branch: Branch) -> str:
    return "best effort" if branch.best_effort else ""


def _labelled(part: PartSettings) -> Iterator[tuple[Branch, str]]:
    """The branches of a part, and what stands at the way into each."""
    keys = [*map(str, part.keys), "otherwise"] if part.name == SPLIT else []
    for branch, key in zip_longest(part.branches, keys[: len(part.branches)]):
        yield branch, ", ".join(filter(None, (key, _label(branch))))


def _detail(part: PartSettings) -> str:
    """The options, in short."""
    options: Any = plain(part.options)
    if isinstance(part.options, Mapping):
        text = ", ".join(f"{name}: {value}" for name, value in options.items())
    else:
        text = "" if options is None else str(options)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_DETAIL else text[: _LONGEST_DETAIL - 1] + "…"


def text_of_frame(frame: Frame) -> str:
    """A flow as text: each part, and what it flows into."""
    labels = {box.id: f"{number} {box.label}" for number, box in enumerate(frame.boxes)}
    lines = [" ".join(filter(None, (frame.name, f"({frame.note})" if frame.note else "")))]
    for box in frame.boxes:
        into = [labels[each.target] for each in frame.arrows if each.source == box.id]
        said = f"  {labels[box.id]}{f' ({box.detail})' if box.detail else ''}"
        lines.append(f"{said} -> {', '.join(into)}" if into else said)
    return "\n".join(lines)
