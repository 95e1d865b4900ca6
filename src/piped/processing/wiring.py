"""Make the graph of one definition: link chains, hang error consumers, find existing steps.

1. A chain hands from each step to the next. What a step hands to, in order: the head of its own
   chain, its own consumers, the next step of the chain in which it stands.
2. Error consumers likewise; behind the head of a chain of them, the next gets its output.
3. The error consumers of a pipeline are those of each of its sources, after the source's own.
4. `existing` is the step with that id, before or behind it; what follows there follows that step.
5. A copy of a pipeline is still one step here, that of `inline-pipeline`.
"""

from __future__ import annotations

from collections.abc import Iterable

from piped.problems import Kind, Place, Problem, did_you_mean
from piped.processing.definitions import Definition, Does, StepDefinition
from piped.processing.graph import Graph, Indices, Vertex, expanded

__all__ = ["wired"]


def wired(definition: Definition, problems: list[Problem]) -> Graph:
    """The graph of `definition`; what is wrong with it is added to `problems`."""
    wiring = _Wiring()
    followers = definition.followers
    sources = wiring.all(followers.chained, followers.consumers)
    errors = wiring.all(followers.chained_errors, followers.errors)
    into = _places(wiring.steps, problems)
    for at in dict.fromkeys(wiring.at(into, sources)):
        wiring.errors[at] += errors
    return wiring.graph(definition, sources, into)


class _Wiring:
    """A graph in the making: three lists with an item for each step."""

    def __init__(self) -> None:
        self.steps: list[StepDefinition] = []
        self.consumers: list[list[int]] = []
        self.errors: list[list[int]] = []

    def all(self, chain: Iterable[StepDefinition], others: Iterable[StepDefinition]) -> list[int]:
        """The head of `chain`, if there is one, and the `others`."""
        return [*self._chain(chain), *[self._step(each) for each in others]]

    def _chain(self, steps: Iterable[StepDefinition]) -> list[int]:
        links = []
        for each in steps:
            links.append(self._step(each))
            if len(links) > 1:
                self.consumers[links[-2]].append(links[-1])
        return links[:1]

    def _step(self, step: StepDefinition) -> int:
        at = len(self.steps)
        self.steps.append(step)
        self.consumers.append([])
        self.errors.append([])
        if step.followers:
            followers = step.followers
            self.consumers[at] += self.all(followers.chained, followers.consumers)
            self.errors[at] += self.all(followers.chained_errors, followers.errors)
        return at

    def at(self, into: list[int | None], indices: Iterable[int]) -> list[int]:
        """The steps that `indices` stand for, among the steps as they were written."""
        found = [into[each] for each in indices]
        return [each for each in found if each is not None]

    def graph(self, definition: Definition, sources: list[int], into: list[int | None]) -> Graph:
        self._hang_behind_existing(into)
        kept = [at for at, step in enumerate(self.steps) if step.does is not Does.GO_TO]
        moved = {old: new for new, old in enumerate(kept)}
        now: list[Indices] = [() if at is None else (moved[at],) for at in into]
        vertices = tuple(
            Vertex(
                self.steps[at], expanded(self.consumers[at], now), expanded(self.errors[at], now)
            )
            for at in kept
        )
        # A step that is a source twice gets the baton once.
        first = tuple(dict.fromkeys(expanded(sources, now)))
        return Graph(definition.name, definition.place, vertices, first, definition.limits)

    def _hang_behind_existing(self, into: list[int | None]) -> None:
        for at, target in enumerate(into):
            if target is not None and target != at:
                self.consumers[target] += self.consumers[at]
                self.errors[target] += self.errors[at]


def _places(steps: list[StepDefinition], problems: list[Problem]) -> list[int | None]:
    """For each step the index of the one it stands for, which mostly is itself."""
    ids = _by_id(steps, problems)
    return [
        _existing(step, ids, problems) if step.does is Does.GO_TO else at
        for at, step in enumerate(steps)
    ]


def _by_id(steps: list[StepDefinition], problems: list[Problem]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for at, step in enumerate(steps):
        if step.id and ids.setdefault(step.id, at) != at:
            first: Place | None = steps[ids[step.id]].id_place
            message = f"the id {step.id!r} is given twice in {step.home}; the other is at {first}"
            problems.append(Problem(Kind.BAD_PIPELINE, step.id_place, message))
    return ids


def _existing(step: StepDefinition, ids: dict[str, int], problems: list[Problem]) -> int | None:
    if step.name in ids:
        return ids[step.name]
    message = f"no step of {step.home} has the id {step.name!r}{did_you_mean(step.name, ids)}"
    hint = f"Give it to the step that is meant: `id: {step.name}`."
    problems.append(Problem(Kind.UNKNOWN_REFERENCE, step.place, message, hint))
    return None
