"""Drawings of who depends on whom, and what of it is there."""

from __future__ import annotations

from typing import Any

from piped.dependencies import Dependency, DependencyManager, InstanceDependency
from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame, Look
from piped.secret import redact

__all__ = ["of_dependencies"]

_LONGEST = 48  # characters of a label
_PROVIDED, _LOST = Look("green"), Look("red", "dotted")


def of_dependencies(manager: DependencyManager) -> Drawing:
    """All that is known to `manager`. Arrows lead up, from what is needed to who needs it."""
    dependencies = manager.dependencies
    ids = {each: f"d{at}" for at, each in enumerate(map(id, dependencies))}
    arrows = [
        Arrow(ids[id(below)], ids[id(above)], look=_PROVIDED if below.is_ready else _LOST)
        for above in dependencies
        for below in manager.get_dependencies_of(above)
    ]
    boxes = [_box(ids[id(each)], each, manager) for each in dependencies]
    return Drawing([Frame("", boxes, arrows, upwards=True)])


def _box(id_: str, dependency: Dependency, manager: DependencyManager) -> Box:
    is_resolved = manager.has_resolved(dependency)
    kind = BoxKind.DEPENDENCY if is_resolved else BoxKind.UNRESOLVED
    state = "ready" if dependency.is_ready else "lost" if is_resolved else "not resolved"
    colour = "green" if dependency.is_ready else "red"
    label, detail = _said(dependency)
    return Box(
        id_, label, kind, detail, Look(colour, tooltip=f"{redact(dependency.name)}: {state}")
    )


def _said(dependency: Dependency) -> tuple[str, str]:
    """What it is called, and what more there is to know of it."""
    if not isinstance(dependency, InstanceDependency):
        return _cut(dependency.name), ""
    thing: Any = dependency.instance
    step, pipeline = getattr(thing, "id", None), getattr(thing, "evaluator", None)
    if isinstance(step, str) and step and pipeline is not None:
        name = str(getattr(thing, "name", step))
        given = step if not step.startswith(f"{name}-") else name
        return _cut(getattr(thing, "node_name", None) or given), _cut(str(pipeline.name))
    kind = type(thing).__name__
    return _cut(dependency.name), _cut(kind) if kind != dependency.name else ""


def _cut(name: str) -> str:
    text = " ".join(redact(name).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
