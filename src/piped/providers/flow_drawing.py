"""Drawings of flows, as they are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from piped.conf.nodes import Mapping, plain
from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame
from piped.providers.flow_host_settings import FlowHostSettings
from piped.providers.flow_settings import PARALLEL, Branch, FlowSettings, PartSettings

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
            last = self._series(branch.parts[:-1], ends, best_effort=branch.best_effort)
            drain = self._box(branch.parts[-1], BoxKind.SINK)
            self._join(last, drain, best_effort=branch.best_effort and len(branch.parts) == 1)
        note = f"then {settings.on_end}" if settings.on_end != "leave" else ""
        return Frame(self._name, self._boxes, self._arrows, note)

    def hosted(self, settings: FlowHostSettings) -> Frame:
        self._boxes.append(Box(f"{self._name}/0", "remote", BoxKind.SOURCE, settings.listen))
        ends = self._series(settings.through, [self._boxes[0].id])
        back = Box(f"{self._name}/{len(self._boxes)}", "remote", BoxKind.SINK, "back to its sender")
        self._boxes.append(back)
        self._join(ends, back.id, best_effort=False)
        return Frame(self._name, self._boxes, self._arrows)

    def _series(
        self, parts: Iterable[PartSettings], ends: list[str], *, best_effort: bool = False
    ) -> list[str]:
        """Where it goes on behind these parts."""
        for part in parts:
            if part.name == PARALLEL:
                ends = [end for each in part.branches for end in self._branch(each, ends)]
            else:
                box = self._box(part, BoxKind.STEP)
                self._join(ends, box, best_effort=best_effort)
                ends = [box]
            best_effort = False
        return ends

    def _branch(self, branch: Branch, ends: list[str]) -> list[str]:
        return self._series(branch.parts, ends, best_effort=branch.best_effort)

    def _join(self, ends: list[str], box: str, *, best_effort: bool) -> None:
        label = "best effort" if best_effort else ""
        self._arrows += [Arrow(end, box, label=label) for end in ends]

    def _box(self, part: PartSettings, kind: BoxKind) -> str:
        id_ = f"{self._name}/{len(self._boxes)}"
        self._boxes.append(Box(id_, part.name, kind, _detail(part)))
        return id_


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
