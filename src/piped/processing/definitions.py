"""Pipelines as they are written: the first stage, before any reference is followed.

`piped.processing.grammar` reads them, `piped.processing.rewrite` makes graphs of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from piped.conf.nodes import Mapping, plain
from piped.problems import Place
from piped.processing.capacity import Limits

__all__ = ["Definition", "Definitions", "Does", "Followers", "StepDefinition", "options_text"]


class Does(Enum):
    """What a step does, which is what its name names. The value is the key that says so."""

    PROCESS = "__processor__"  # a new instance of a processor
    GO_TO = "existing"  # a step that has been given that id
    INLINE = "inline-pipeline"  # a copy of a pipeline


@dataclass(frozen=True, slots=True)
class Followers:
    """The four lists of steps that may stand below a pipeline or a step."""

    consumers: tuple[StepDefinition, ...] = ()
    chained: tuple[StepDefinition, ...] = ()
    errors: tuple[StepDefinition, ...] = ()
    chained_errors: tuple[StepDefinition, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.consumers or self.chained or self.errors or self.chained_errors)


NOBODY = Followers()


@dataclass(frozen=True, slots=True)
class StepDefinition:
    """One step as it is written."""

    does: Does
    name: str
    place: Place  # of the name
    home: str  # the pipeline in which it is written: relative names count from there
    options: Mapping
    id: str = ""
    id_place: Place | None = None
    followers: Followers = NOBODY


@dataclass(frozen=True, slots=True)
class Definition:
    """One pipeline as it is written: its steps, or what it inherits and overrides."""

    name: str
    place: Place
    followers: Followers = NOBODY
    inherits: str = ""
    inherits_place: Place | None = None
    overrides: tuple[StepDefinition, ...] = ()
    limits: Limits = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Definitions:
    """All pipelines by their dotted names, in the order of the file."""

    by_name: dict[str, Definition]

    def __iter__(self) -> Iterator[Definition]:
        return iter(self.by_name.values())

    def text(self) -> str:
        """All pipelines for people to read."""
        return "\n\n".join("\n".join(_definition_lines(each)) for each in self)


def _definition_lines(definition: Definition) -> Iterator[str]:
    inherited = f" inherits {definition.inherits}" if definition.inherits else ""
    yield f"{definition.name}{inherited}"
    for name, limit in definition.limits.items():
        yield f"  {name}: {limit}"
    yield from _lines("overrides", definition.overrides, "  ")
    yield from _followers_lines(definition.followers, "  ")


def _followers_lines(followers: Followers, indent: str) -> Iterator[str]:
    yield from _lines("chained_consumers", followers.chained, indent)
    yield from _lines("consumers", followers.consumers, indent)
    yield from _lines("chained_error_consumers", followers.chained_errors, indent)
    yield from _lines("error_consumers", followers.errors, indent)


def _lines(title: str, steps: tuple[StepDefinition, ...], indent: str) -> Iterator[str]:
    if steps:
        yield f"{indent}{title}:"
    for step in steps:
        what = step.name if step.does is Does.PROCESS else f"{step.does.value}: {step.name}"
        named = f" ({step.id})" if step.id else ""
        yield f"{indent}- {what}{named}{options_text(step)}"
        yield from _followers_lines(step.followers, f"{indent}    ")


def options_text(step: StepDefinition) -> str:
    """The options of `step` on one line, after a space; nothing when there are none."""
    return f" {plain(step.options)}" if step.options.entries else ""
