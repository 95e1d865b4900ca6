"""Flows, as a configuration has them: names of parts and their options."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from piped.conf.nodes import Mapping, Node, Scalar, Sequence
from piped.options import INVALID, Check, Duration
from piped.problems import Kind, Place

__all__ = [
    "BEST_EFFORT",
    "PARALLEL",
    "Branch",
    "Branches",
    "Drains",
    "FlowSettings",
    "Founts",
    "PartSettings",
    "Tubes",
]

# What stands where the name of a part stands, and is none.
PARALLEL, BEST_EFFORT = "parallel", "best-effort"

# What `piped schema` knows of the parts there are.
_FOUNT, _TUBE, _DRAIN = ({"$ref": f"#/$defs/{each}"} for each in ("fount", "tube", "drain"))


@dataclass(frozen=True, slots=True)
class PartSettings:
    """The name of a part, its options, and the branches of a `parallel`."""

    name: str
    place: Place
    options: Node
    branches: tuple[Branch, ...] = ()

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        """Read a name, or a mapping of one name to its options."""
        if isinstance(node, Mapping) and len(node.entries) == 1:
            [(name, entry)] = node.entries.items()
            if name == PARALLEL:
                branches = Branches.from_node(entry.node, check)
                return (
                    INVALID
                    if branches is INVALID
                    else cls(name, entry.key_place, entry.node, branches)
                )
            return cls(str(name), entry.key_place, entry.node)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return cls(node.value, node.origin.place, Mapping({}, node.origin))
        return check.unfit(
            node,
            "a part of a flow",
            "its name, or its name and its options",
            hint="Write `- lines`, or `- batch: {size: 100}`.",
        )


@dataclass(frozen=True, slots=True)
class Branch:
    """Parts behind one another."""

    parts: tuple[PartSettings, ...]
    best_effort: bool = False

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        """Read one part, or a list of parts."""
        nodes = node.items if isinstance(node, Sequence) else (node,)
        best_effort = bool(nodes) and _is_word(nodes[0], BEST_EFFORT)
        parts = [PartSettings.from_node(each, check) for each in nodes[best_effort:]]
        if not parts:
            hint = f"Write `- [{BEST_EFFORT}, log]`." if best_effort else "Name one at least."
            return check.problem(Kind.WRONG_VALUE, node, "a branch of a flow has no parts", hint)
        return INVALID if INVALID in parts else cls(tuple(parts), best_effort)


class Branches(tuple[Branch, ...]):
    """Branches beside one another; one that is written alone is a list of one."""

    __slots__ = ()

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        """Read one branch, or a list of them."""
        nodes = node.items if isinstance(node, Sequence) else (node,)
        branches = [Branch.from_node(each, check) for each in nodes]
        if not branches:
            return check.problem(
                Kind.WRONG_VALUE, node, "a flow needs something here", "Name a part at least."
            )
        return INVALID if INVALID in branches else cls(branches)


class Founts(Branches):
    """Branches that begin with a fount."""

    __slots__ = ()

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        branch = {"type": "array", "prefixItems": [_FOUNT], "items": _TUBE, "minItems": 1}
        several = {"type": "array", "items": {"anyOf": [_FOUNT, branch]}, "minItems": 1}
        return {"anyOf": [_FOUNT, several]}


class Drains(Branches):
    """Branches that end with a drain."""

    __slots__ = ()

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        parts = {"anyOf": [_TUBE, _DRAIN, {"const": BEST_EFFORT}]}
        branch = {"type": "array", "items": parts, "contains": _DRAIN}
        several = {"type": "array", "items": {"anyOf": [_DRAIN, branch]}, "minItems": 1}
        return {"anyOf": [_DRAIN, several]}


class Tubes(tuple[PartSettings, ...]):
    """Tubes behind one another."""

    __slots__ = ()

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        """Read one tube, or a list of them."""
        nodes = node.items if isinstance(node, Sequence) else (node,)
        parts = [PartSettings.from_node(each, check) for each in nodes]
        return INVALID if INVALID in parts else cls(parts)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {"anyOf": [_TUBE, {"type": "array", "items": _TUBE}]}


@dataclass(frozen=True, kw_only=True)
class FlowSettings:
    """One flow.

    from: where the items come from: a fount, or a list of them; each may be a list that goes on
        with tubes
    through: the tubes, one after the other; `parallel` has branches, each of which gets each item
    to: where the items go: a drain, or a list of them, each of which gets each item; each may be a
        list that ends with a drain, and begins with `best-effort` if it may miss items
    on_end: what to do when it has ended: `leave` it, `stop` the process, `restart` it
    stop_time: how long what is on its way may take to its end when the process stops
    """

    from_: Founts
    through: Tubes = Tubes()  # noqa: RUF009 - it is a tuple
    to: Drains
    on_end: Literal["leave", "stop", "restart"] = "leave"
    stop_time: Duration = 30.0

    def parts(self) -> Iterator[tuple[Literal["fount", "tube", "drain"], PartSettings]]:
        """Each part, and as what it is named."""
        for branch in self.from_:
            yield "fount", branch.parts[0]
            yield from (("tube", each) for each in branch.parts[1:])
        yield from self._tubes(self.through)
        for branch in self.to:
            yield from (("tube", each) for each in branch.parts[:-1])
            yield "drain", branch.parts[-1]

    def _tubes(
        self, parts: tuple[PartSettings, ...]
    ) -> Iterator[tuple[Literal["tube"], PartSettings]]:
        for each in parts:
            if each.name == PARALLEL:
                for branch in each.branches:
                    yield from self._tubes(branch.parts)
            else:
                yield "tube", each


def _is_word(node: Node, word: str) -> bool:
    return isinstance(node, Scalar) and node.value == word
