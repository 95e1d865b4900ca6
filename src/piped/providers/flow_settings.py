"""Flows, as a configuration has them: names of parts and their options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from piped.conf.nodes import Entry, Key, Mapping, Node, Scalar, Sequence
from piped.options import INVALID, Check, Duration
from piped.problems import Kind, Place

__all__ = [
    "BEST_EFFORT",
    "PARALLEL",
    "SPLIT",
    "Branch",
    "Branches",
    "Drains",
    "FlowSettings",
    "Founts",
    "PartSettings",
    "Tubes",
]

# What stands where the name of a part stands, and is none.
PARALLEL, SPLIT, BEST_EFFORT = "parallel", "split", "best-effort"
_BRANCHES = (_INTO, _OTHERWISE) = "into", "otherwise"
_WAYS_OUT = {
    PARALLEL: "Write `parallel: [one, [two, three]]`: each of them gets each item.",
    SPLIT: "Write `split: {by: 'item: item.kind', into: {order: orders, bill: bills}}`.",
}

# What `piped schema` knows of the parts there are.
_FOUNT, _TUBE, _DRAIN = ({"$ref": f"#/$defs/{each}"} for each in ("fount", "tube", "drain"))


@dataclass(frozen=True, slots=True)
class PartSettings:
    """The name of a part, its options, and the branches of a `parallel` or a `split`."""

    name: str
    place: Place
    options: Node
    branches: tuple[Branch, ...] = ()
    keys: tuple[Key, ...] = ()  # of a `split`; a branch more is for all others

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
            if name == SPLIT:
                return cls._split(entry, check)
            return cls(str(name), entry.key_place, entry.node)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            if node.value in _WAYS_OUT:
                return _without_branches(node.value, node, check)
            return cls(node.value, node.origin.place, Mapping({}, node.origin))
        return check.unfit(
            node,
            "a part of a flow",
            "its name, or its name and its options",
            hint="Write `- lines`, or `- batch: {size: 100}`.",
        )

    @classmethod
    def _split(cls, entry: Entry, check: Check) -> Any:
        """Read the branch of each key, and leave what chooses among them."""
        node = entry.node
        into = node.get(_INTO) if isinstance(node, Mapping) else None
        if not isinstance(node, Mapping) or not isinstance(into, Mapping) or not into.entries:
            return _without_branches(SPLIT, node, check)
        nodes = [each for _, each in into.items()]
        rest = node.get(_OTHERWISE)
        nodes += [] if rest is None else [rest]
        branches = [Branch.from_node(each, check) for each in nodes]
        options = {key: each for key, each in node.entries.items() if key not in _BRANCHES}
        if INVALID in branches:
            return INVALID
        chooses = Mapping(options, node.origin)
        return cls(SPLIT, entry.key_place, chooses, tuple(branches), tuple(into.entries))


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
    through: the tubes, one after the other; `parallel` has branches, each of which gets each item,
        `split` those of which one gets it
    to: where the items go: a drain, or a list of them, each of which gets each item; each may be a
        list that ends with a drain, and begins with `best-effort` if it may miss items; `split`
        has drains of which one gets an item
    ends: with which of several founts it ends: the `last`, or the `first`, which stops the others
    on_end: what to do when it has ended: `leave` it, `stop` the process, `restart` it
    stop_time: how long what is on its way may take to its end when the process stops
    """

    from_: Founts
    through: Tubes = Tubes()  # noqa: RUF009 - it is a tuple
    to: Drains
    ends: Literal["last", "first"] = "last"
    on_end: Literal["leave", "stop", "restart"] = "leave"
    stop_time: Duration = 30.0


def _without_branches(name: str, node: Node, check: Check) -> Any:
    return check.problem(Kind.WRONG_VALUE, node, f"`{name}` needs branches", _WAYS_OUT[name])


def _is_word(node: Node, word: str) -> bool:
    return isinstance(node, Scalar) and node.value == word
