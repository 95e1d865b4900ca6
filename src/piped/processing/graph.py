"""A pipeline as a graph: its steps, and who hands its baton to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from piped.problems import Place
from piped.processing.capacity import Capacity, Limits
from piped.processing.definitions import Does, StepDefinition, options_text

__all__ = ["Graph", "Vertex", "expanded"]

Indices = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Vertex:
    """A step, and the indices of those that it hands to, in order."""

    step: StepDefinition
    consumers: Indices = ()
    errors: Indices = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """One pipeline. A source gets the baton that comes in, a sink hands to nobody."""

    name: str
    place: Place
    vertices: tuple[Vertex, ...] = ()
    sources: Indices = ()
    limits: Limits = field(default_factory=dict)

    @property
    def capacity(self) -> Capacity | None:
        """How many batons may be under way, and what happens to one more; None: no limit."""
        return Capacity.of(self.limits)

    @property
    def sinks(self) -> Indices:
        """Those whose output is a result. Having error consumers makes no difference."""
        return tuple(at for at, vertex in enumerate(self.vertices) if not vertex.consumers)

    def ids(self) -> tuple[str, ...]:
        """A name for each step, that no other has: its id, or `<processor>-<n>`."""
        given = {vertex.step.id for vertex in self.vertices}
        names: list[str] = []
        taken: set[str] = set()
        counts: dict[str, int] = {}
        for vertex in self.vertices:
            name = vertex.step.id
            # Copies of one pipeline bring the same ids; the first may keep them.
            while not name or name in taken or (name in given and name != vertex.step.id):
                stem = vertex.step.id or vertex.step.name
                counts[stem] = counts.get(stem, 0) + 1
                name = f"{stem}-{counts[stem]}"
            taken.add(name)
            names.append(name)
        return tuple(names)

    def text(self) -> str:
        """The graph for people to read: a step a line, `>` at the sources, `!` before errors."""
        ids = self.ids()
        lines = [self._line(at, ids) for at in range(len(self.vertices))]
        limited = f" ({self.capacity})" if self.capacity else ""
        return "\n".join([f"{self.name}{limited}", *lines])

    def _line(self, at: int, ids: Sequence[str]) -> str:
        vertex = self.vertices[at]
        to = [ids[each] for each in vertex.consumers] + [f"!{ids[each]}" for each in vertex.errors]
        mark = ">" if at in self.sources else " "
        what = "" if vertex.step.does is Does.PROCESS else f" {vertex.step.does.value}"
        hands = f" -> {' '.join(to)}" if to else ""
        return f"{mark} {ids[at]}{what}{options_text(vertex.step)}{hands}"


def expanded(indices: Iterable[int], into: Sequence[Indices]) -> Indices:
    """`indices`, each replaced by what stands for it now."""
    return tuple(new for old in indices for new in into[old])
