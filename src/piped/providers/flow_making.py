"""Make the parts of a flow of their settings, and notice which do not go together.

To make a part is part of checking it: a constructor keeps its options, looks at how they go
together, and does nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from piped.catalogue.extras import missing_extra
from piped.conf.nodes import Entry, Mapping, Node, Scalar
from piped.exceptions import ConfigurationError, UnfitEdge
from piped.flow_part import is_made, schema_of_part
from piped.flows.edge import check_edge
from piped.flows.tube import Tube
from piped.options import INVALID, Check, Lambda, Schema
from piped.problems import Kind, Place, Problem
from piped.providers.flow_item_types import check_wire
from piped.providers.flow_settings import (
    BEST_EFFORT,
    PARALLEL,
    SPLIT,
    Branch,
    FlowSettings,
    PartSettings,
)

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.flows.elsewhere.types import Types
    from piped.providers.flow_host_settings import FlowHostSettings

__all__ = ["Hosted", "Made", "MadeBranch", "Maker", "Parallel"]

PartKind = Literal["fount", "tube", "drain"]
_KINDS: tuple[PartKind, ...] = ("fount", "tube", "drain")
# What stands where parts stand, and where else it was meant to.
_NO_PARTS = {
    SPLIT: "`split` stands among tubes, or where a drain stands. Put the fount before it.",
    PARALLEL: "`parallel` stands among tubes. Several founts or drains are a list of them.",
    BEST_EFFORT: "`best-effort` is the first word of a branch of `to` or `parallel`.",
    "best_effort": "Write `best-effort`, as the first word of a branch of `to` or `parallel`.",
    "independent": "A branch that begins with a `buffer` has room of its own.",
    "threads": "Write `call: {function: NAME, threaded: true}`.",
    "tube": "Write `call`, or the name of a tube of a bundle.",
}
_BESIDE = {(PARALLEL, "tube"), (SPLIT, "tube"), (SPLIT, "drain")}
_FOR_ONE_FLOW = {"spill": "Have it in the flow that goes through here, before its `remote`."}
Written = tuple[Any, PartSettings]


@dataclass(frozen=True, slots=True)
class MadeBranch:
    """Recipes behind one another."""

    parts: tuple[Any, ...]
    best_effort: bool = False


@dataclass(frozen=True, slots=True)
class Parallel:
    """Parts beside one another; of a split, one for each key, and perhaps one for all others."""

    branches: tuple[MadeBranch, ...]
    by: Callable[[Any], Any] | None = None  # what gives the key of an item
    keys: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """The recipes of a flow."""

    founts: tuple[MadeBranch, ...]
    tubes: tuple[Any, ...]
    drains: tuple[MadeBranch, ...]

    def parts(self) -> Iterator[Any]:
        """All of them."""
        for branch in (*self.founts, MadeBranch(self.tubes), *self.drains):
            yield from _flat(branch.parts)


@dataclass(frozen=True, slots=True)
class Hosted:
    """The recipes of a host's stages."""

    tubes: tuple[Any, ...]

    def parts(self) -> Iterator[Any]:
        """All of them."""
        return _flat(self.tubes)


@dataclass(frozen=True, slots=True)
class _Wire:
    """Where items of a host come from, and where they go."""

    types: Types
    name: str = "remote"
    input: Any = Any
    output: Any = Any


class Maker:
    """Makes recipes, and notes in `check` what is wrong with them."""

    def __init__(self, catalogue: Catalogue, check: Check) -> None:
        self._catalogue = catalogue
        self._check = check
        self._taken: dict[str, PartSettings] = {}  # what parts have for themselves

    def made(self, settings: FlowSettings) -> Made | None:
        """The recipes of a flow, or None if one is wrong."""
        before = len(self._check.problems)
        founts = [self._branch(each, 0, "fount") for each in settings.from_]
        for each in settings.from_:
            if each.best_effort:
                self._check.problems.append(_no_best_effort(each))
        tubes = [self._tube(each) for each in settings.through]
        drains = [self._branch(each, len(each.parts) - 1, "drain") for each in settings.to]
        if len(self._check.problems) > before:
            return None
        made = Made(tuple(founts), tuple(tubes), tuple(drains))
        self._check_edges(made, settings)
        return None if len(self._check.problems) > before else made

    def hosted(self, settings: FlowHostSettings) -> Hosted | None:
        """The recipes of a host, or None if one is wrong."""
        before = len(self._check.problems)
        tubes = tuple(self._tube(each) for each in settings.through)
        for name, place in _names(settings.through):
            if name in _FOR_ONE_FLOW:
                message = f"{name!r} is for one flow, and a host has stages for many"
                hint = _FOR_ONE_FLOW[name]
                self._check.problems.append(Problem(Kind.WRONG_VALUE, place, message, hint))
        if len(self._check.problems) > before:
            return None
        wire = _Wire(settings.types.types)
        written = zip(tubes, settings.through, strict=True)
        ends = self._check_series([(wire, settings.through[0])], written)
        self._check_series(ends, [(wire, settings.through[-1])])
        return None if len(self._check.problems) > before else Hosted(tubes)

    def _branch(self, branch: Branch, at: int, kind: PartKind) -> MadeBranch:
        parts = [
            self._part(part, kind if number == at else "tube")
            for number, part in enumerate(branch.parts)
        ]
        return MadeBranch(tuple(parts), branch.best_effort)

    def _tube(self, part: PartSettings) -> Any:
        return self._part(part, "tube")

    def _beside(self, part: PartSettings, kind: PartKind) -> Parallel:
        ends = [len(each.parts) - 1 for each in part.branches]
        branches = [self._branch(*each, kind) for each in zip(part.branches, ends, strict=True)]
        by = None if part.name == PARALLEL else self._called(_choosing, part)
        return Parallel(tuple(branches), by, part.keys)

    def _part(self, part: PartSettings, kind: PartKind) -> Any:
        if (part.name, kind) in _BESIDE:
            return self._beside(part, kind)
        plugin = self._catalogue.find(kind, part.name)
        if plugin is None:
            self._check.problems.append(self._unknown(part, kind))
            return None
        try:
            factory = plugin.load(part.place)
        except ConfigurationError as error:
            self._check.problems += error.problems
            return None
        missing = missing_extra(part.name, factory, part.place)
        if missing is not None:
            self._check.problems.append(missing)
            return None
        return self._called(factory, part)

    def _unknown(self, part: PartSettings, kind: PartKind) -> Problem:
        """The problem that there is none, or that it is something else."""
        if part.name in _NO_PARTS:
            message = f"{part.name!r} is no {kind}"
            return Problem(Kind.WRONG_VALUE, part.place, message, _NO_PARTS[part.name])
        for other in _KINDS:
            if self._catalogue.find(other, part.name) is not None:
                message = f"{part.name!r} is a {other}, and a {kind} belongs here"
                hint = "`from` has founts, `through` has tubes, `to` has drains."
                return Problem(Kind.WRONG_VALUE, part.place, message, hint)
        return self._catalogue.unknown(kind, part.name, part.place)

    def _called(self, factory: Any, part: PartSettings) -> Any:
        schema = schema_of_part(factory)
        node = _as_mapping(part.options, schema)
        options = self._check.options(node, schema, part.name, at=part.place)
        if options is INVALID:
            return None
        try:
            made = factory if is_made(factory) else factory(**options)
        except ConfigurationError as error:
            self._check.problems += error.problems or [_unfit(part, error.msg, error.hint)]
        except Exception as error:  # noqa: BLE001 - a plugin's constructor may raise anything
            message = f"it cannot be made of these options: {type(error).__name__}: {error}"
            self._check.problems.append(_unfit(part, message, None))
        else:
            _name_as_written(made, part)
            self._check_alone(made, part)
            return made
        return None

    def _check_alone(self, made: Any, part: PartSettings) -> None:
        """Note what another one has already that it must have for itself."""
        for what in getattr(made, "alone", ()):
            other = self._taken.setdefault(what, part)
            if other is not part:
                message = f"{what} is that of another part of a flow"
                where = other.place
                hint = f"Give each its own; {Path(where.file).name}:{where.line} has it, too."
                self._check.problems.append(_unfit(part, message, hint))

    def _check_edges(self, made: Made, settings: FlowSettings) -> None:
        """Note where a part cannot take what the one before it gives."""
        through = tuple(zip(made.tubes, settings.through, strict=True))
        before: list[Written] = []
        for founts, written in zip(made.founts, settings.from_, strict=True):
            before += self._check_series([], _written(founts, written))
        before = self._check_series(before, through)
        for drains, written in zip(made.drains, settings.to, strict=True):
            self._check_series(before, _written(drains, written))

    def _check_series(self, before: list[Written], parts: Iterable[Written]) -> list[Written]:
        """Hold each against what flows into it. Gives what flows out of the last."""
        for part in parts:
            made, settings = part
            if isinstance(made, Parallel):
                branches = zip(made.branches, settings.branches, strict=True)
                ends = [self._check_series(before, _written(*each)) for each in branches]
                before = [end for each in ends for end in each]
            else:
                for one, _ in before:
                    self._check_edge(one, part)
                before = [part]
        return before

    def _check_edge(self, one: Any, behind: Written) -> None:
        other, written = behind
        try:
            check_edge(one, other)
            check_wire(one, other)
        except UnfitEdge as unfit:
            problem = Problem(Kind.WRONG_VALUE, written.place, unfit.msg, unfit.hint or "")
            if problem not in self._check.problems:
                self._check.problems.append(problem)


def _names(parts: Iterable[PartSettings]) -> Iterator[tuple[str, Place]]:
    """What is named there, also in branches."""
    for each in parts:
        yield each.name, each.place
        for branch in each.branches:
            yield from _names(branch.parts)


def _written(made: MadeBranch, branch: Branch) -> list[Written]:
    return list(zip(made.parts, branch.parts, strict=True))


def _as_mapping(node: Node, schema: Schema) -> Node:
    """The options of a part: one value that stands alone is that of the first."""
    is_null = isinstance(node, Scalar) and node.value is None
    if isinstance(node, Mapping) or is_null or not schema.options:
        return node
    return Mapping({schema.options[0].name: Entry(node, node.origin.place)}, node.origin)


def _name_as_written(made: Any, part: PartSettings) -> None:
    """Call it what the configuration calls it: `to-csv`, and not `to_csv`."""
    if isinstance(made, Tube) and made.name.partition("(")[0].replace("_", "-") == part.name:
        made.name = part.name


def _flat(parts: tuple[Any, ...]) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, Parallel):
            for branch in part.branches:
                yield from _flat(branch.parts)
        else:
            yield part


def _choosing(by: Lambda) -> Callable[[Any], Any]:
    """Choose a branch for each item.

    by: a lambda that gives the key of an item
    """
    if not by.takes(1):
        raise ConfigurationError("`by` is called with an item, and takes something else")
    return by.bind()


def _no_best_effort(branch: Branch) -> Problem:
    message = "`best-effort` is for branches into which items flow, and founts have none"
    return Problem(Kind.WRONG_VALUE, branch.parts[0].place, message, _NO_PARTS[BEST_EFFORT])


def _unfit(part: PartSettings, message: str, hint: str | None) -> Problem:
    return Problem(Kind.WRONG_VALUE, part.place, f"{part.name}: {message}", hint or "")
