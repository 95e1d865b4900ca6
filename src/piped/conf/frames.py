"""Mappings and lists while they are being read."""

from __future__ import annotations

from abc import ABC, abstractmethod

from piped.conf.nodes import Entry, Key, Mapping, Node, Origin, Scalar, Sequence, Tagged, kind_of
from piped.problems import Kind, Place, Problem

__all__ = ["Frame", "MappingFrame", "SequenceFrame"]


class Frame(ABC):
    """A collection whose end has not come."""

    def __init__(
        self,
        origin: Origin,
        tag: str | None,
        anchor: str | None,
        began: int,
        problems: list[Problem],
    ) -> None:
        self.origin = origin
        self.tag = tag
        self.anchor = anchor
        # How many nodes there were before it; how many levels it has below its own.
        self.began = began
        self.height = 0
        self._problems = problems

    @abstractmethod
    def put(self, node: Node) -> None: ...

    @abstractmethod
    def node(self) -> Node:
        """All that was put."""

    def _problem(self, kind: Kind, place: Place, message: str, hint: str = "") -> None:
        self._problems.append(Problem(kind, place, message, hint))


class SequenceFrame(Frame):
    def __init__(
        self,
        origin: Origin,
        tag: str | None,
        anchor: str | None,
        began: int,
        problems: list[Problem],
    ) -> None:
        super().__init__(origin, tag, anchor, began, problems)
        self.items: list[Node] = []

    def put(self, node: Node) -> None:
        self.items.append(node)

    def node(self) -> Sequence:
        return Sequence(tuple(self.items), self.origin)


class _Merge:
    """Stands for the key `<<`."""


class _NoKey:
    """Stands for something that cannot be a key."""


class MappingFrame(Frame):
    def __init__(
        self,
        origin: Origin,
        tag: str | None,
        anchor: str | None,
        began: int,
        problems: list[Problem],
    ) -> None:
        super().__init__(origin, tag, anchor, began, problems)
        self._entries: dict[Key, Entry] = {}
        self.wants_key = True
        # What `<<` brings in: under whatever stands in the mapping itself.
        self._merged: dict[Key, Entry] = {}
        self._merge_place: Place | None = None
        self._key: Key | type[_Merge | _NoKey] = None
        self._key_place = origin.place

    def name(self, key: Key, place: Place, *, is_plain: bool) -> None:
        """The next node has the name `key`."""
        self.wants_key = False
        self._key_place = place
        self._key = key
        if key == "<<" and is_plain:
            self._begin_merge(place)
        elif key in self._entries:
            self._duplicate(key, self._entries[key].key_place)

    def put(self, node: Node) -> None:
        if self.wants_key:
            self._name_by(node)
            return
        self.wants_key = True
        key = self._key
        if key is _Merge:
            self._merge(node)
        elif key is not _NoKey:
            assert not isinstance(key, type)
            self._entries[key] = Entry(node, self._key_place)

    def node(self) -> Mapping:
        entries = {**self._merged, **self._entries} if self._merged else self._entries
        return Mapping(entries, self.origin)

    def _name_by(self, node: Node) -> None:
        """A key with an anchor or a tag, or no scalar at all."""
        place = node.origin.place
        if type(node) is Scalar:
            self.name(node.value, place, is_plain=not node.quoted)
            return
        self.wants_key = False
        self._key = _NoKey
        what = f"{node.tag} cannot stand on a key" if isinstance(node, Tagged) else ""
        message = what or f"a key is a text or a number, not {kind_of(node)}"
        kind = Kind.BAD_TAG if what else Kind.WRONG_TYPE
        hint = "" if what else "Put quotes around a text that begins with '{', '[' or '*'."
        self._problem(kind, place, message, hint)

    def _duplicate(self, key: Key, first: Place) -> None:
        message = f"{key!r} is given twice, first at {first.line}:{first.column}"
        self._problem(
            Kind.DUPLICATE_KEY,
            self._key_place,
            message,
            "Keep one of the two; they would not be merged.",
        )

    def _begin_merge(self, place: Place) -> None:
        self._key = _Merge
        if self._merge_place is not None:
            self._duplicate("<<", self._merge_place)
        self._merge_place = place

    def _merge(self, node: Node) -> None:
        """Of several mappings the earlier ones count more."""
        for each in node.items if isinstance(node, Sequence) else (node,):
            if isinstance(each, Mapping):
                self._merged = {**each.entries, **self._merged}
            else:
                self._problem(
                    Kind.WRONG_TYPE,
                    each.origin.place,
                    f"<< takes a mapping, or a list of mappings, not {kind_of(each)}",
                    "Write <<: *name, with &name before the mapping that is meant.",
                )
