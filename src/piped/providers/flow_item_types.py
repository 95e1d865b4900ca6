"""The classes whose objects go over to other processes, as a configuration names them."""

from __future__ import annotations

from typing import Any

from piped.conf.nodes import Node, Sequence
from piped.exceptions import UnfitEdge
from piped.flows.edge import said
from piped.flows.elsewhere.types import Types, typed
from piped.options import INVALID, Check, DottedName
from piped.options.wording import about
from piped.problems import Kind

__all__ = ["NO_TYPES", "ItemTypes", "check_wire"]

_WAY_OUT = "Name dataclasses and enums, each as `package.module.Class`."


class ItemTypes(tuple[Any, ...]):
    """Some dataclasses and enums."""

    __slots__ = ()

    @property
    def types(self) -> Types:
        """What encodes and decodes their objects."""
        return typed(*self)

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        """Read one dotted name, or a list of them, and look what they are of."""
        what = check.what
        nodes = node.items if isinstance(node, Sequence) else (node,)
        made = cls(_class_of(each, check, what) for each in nodes)
        if INVALID in made:
            return INVALID
        try:
            typed(*made)
        except TypeError as error:
            return check.problem(Kind.WRONG_VALUE, node, about(what, str(error)))
        return made

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        name = DottedName.json_schema()
        return {"anyOf": [name, {"type": "array", "items": name}]}


NO_TYPES = ItemTypes()


def _class_of(node: Node, check: Check, what: str) -> Any:
    """The class that a name means, if its objects go over the wire."""
    name = check.convert(node, DottedName, what)
    if name is INVALID:
        return INVALID
    try:
        kind = name.load()
        typed(kind)
    except (ImportError, AttributeError, TypeError) as error:
        said = str(error)
    except Exception as error:  # noqa: BLE001 - a module may raise anything
        said = f"{type(error).__name__}: {error}"
    else:
        return kind
    return check.problem(Kind.WRONG_VALUE, node, about(what, f"{name}: {said}"), _WAY_OUT)


def check_wire(one: Any, other: Any) -> None:
    """Raise `UnfitEdge` if no item between two parts could go over to the other process."""
    ways = ((other, one, one.output, "gives"), (one, other, other.input, "takes"))
    for wire, part, hint, does in ways:
        types = getattr(wire, "types", None)
        unknown = types.unknown_of(hint) if isinstance(types, Types) else None
        if unknown is not None:
            raise UnfitEdge(
                f"{part.name} {does} {said(unknown)}, which `types` does not let go over",
                hint=f"Write `types: [{unknown.__module__}.{unknown.__qualname__}]` on both sides.",
            )
