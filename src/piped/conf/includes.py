"""Files, with all that they include.

1. The files that `includes` names are read first, in order; a later one is put over an earlier one,
   and the file itself over all of them.
2. An item is a file, or a mapping of key paths to files: those go under their key path.
3. A file that includes itself, through however many others, is not read again; a warning names
   the chain.
4. A file reached twice is read once, where it was reached first.
5. `!include file` puts the whole content of a file in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from piped.conf.change import changed
from piped.conf.keypaths import Components, components, nested
from piped.conf.loading import Loading, real_path
from piped.conf.merge import merged
from piped.conf.nodes import (
    Mapping,
    Node,
    Origin,
    Scalar,
    Sequence,
    Tagged,
    depth,
    is_null,
    kind_of,
)
from piped.conf.read import Source
from piped.conf.runmodes import overlay
from piped.conf.values import settled
from piped.conf.variables import text_at
from piped.problems import Kind, Place, Severity

__all__ = ["Includes"]

_KEYS_OF_FILES = ("includes", "runmodes")
# Files in files: more than any person would follow.
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class _Include:
    """One file to include."""

    file: str
    place: Place
    prefix: Components = ()


@dataclass(frozen=True, slots=True)
class _Position:
    """A file on the way, and where its content goes."""

    file: str
    through: tuple[Place, ...] = ()
    # `!include` begins a place of its own, named by where it stands.
    prefix: tuple[object, ...] = ()


class Includes:
    """The files of one load."""

    def __init__(self, loading: Loading) -> None:
        self._loading = loading
        # From the first file to the one being read, by what they are, not by how they are spelled.
        self._chain: list[str] = []
        self._reached: set[tuple[str, tuple[object, ...]]] = set()
        # Content was put somewhere below a mapping of another file.
        self._is_grafted = False

    def root(self, file: str, mentioned: Place) -> Mapping:
        """The first file, and all that it includes."""
        return self._mapping(_Position(file), mentioned)

    def text(self, text: str, name: str, under: Components = ()) -> Mapping:
        """The same, from a text, which is what stands at the key path `under`."""
        node = self._content(text, _Position(name))
        whole = nested(under, node) if under and node is not None else node
        return self._as_mapping(whole, Place(name))

    def inline(self, node: Node) -> Node:
        """`node` with the files that its `!include` tags name."""
        # First found, then read: so files in files do not go as deep as all their levels together.
        tags: list[Scalar] = []

        def note(scalar: Scalar) -> Node:
            if isinstance(scalar, Tagged) and scalar.tag == "!include":
                tags.append(scalar)
            return scalar

        changed(node, note)
        content = {id(tag): self._inlined(tag) for tag in tags}
        return changed(node, lambda scalar: content.get(id(scalar), scalar))

    def _inlined(self, tagged: Scalar) -> Node:
        place, known = tagged.origin.place, len(self._loading.problems)
        nothing = Scalar(None, tagged.origin)
        text = text_at(tagged.text, place, self._loading)
        if not text and len(self._loading.problems) == known:
            self._loading.problem(Kind.BAD_INCLUDE, place, "!include takes a path, not nothing")
        if not text:
            return nothing
        file = self._loading.path(text, place)
        if real_path(file) in self._chain:
            message = f"{text} includes itself{self._as_chain(file)}"
            self._loading.problem(Kind.INCLUDE_CYCLE, place, message)
            return nothing
        self._is_grafted = True
        through = (*tagged.origin.through, place)
        return self._file(_Position(file, through, (place,)), place) or nothing

    def _mapping(self, position: _Position, mentioned: Place) -> Mapping:
        return self._as_mapping(self._file(position, mentioned), Place(position.file))

    def _as_mapping(self, node: Node | None, place: Place) -> Mapping:
        if isinstance(node, Mapping):
            return node
        if node is not None:
            message = f"a configuration is a mapping of names to values, not {kind_of(node)}"
            self._loading.problem(Kind.WRONG_TYPE, node.origin.place, message)
        return Mapping({}, Origin(place))

    def _file(self, position: _Position, mentioned: Place) -> Node | None:
        """What a file says, with all that it includes."""
        if len(self._chain) > _DEEPEST:
            message = f"files include each other more than {_DEEPEST} levels deep"
            self._loading.problem(Kind.LIMIT, mentioned, message)
            return None
        text = self._loading.text_of(position.file, mentioned)
        if text is None:
            return None
        if position.file not in self._loading.files:
            self._loading.files.append(position.file)
        self._chain.append(real_path(position.file))
        try:
            return self._content(text, position)
        finally:
            self._chain.pop()

    def _content(self, text: str, position: _Position) -> Node | None:
        document = self._loading.read(text, Source(position.file, position.through))
        node = document.node
        if node is not None and "!include" in document.tags:
            node = self.inline(node)
        if isinstance(node, Mapping):
            node = self._with_includes(node, position)
        if node is None or is_null(node):
            return Mapping({}, Origin(Place(position.file, 1, 1), position.through))
        return node if self._fits(node) else None

    def _with_includes(self, file: Mapping, position: _Position) -> Node:
        under: Node | None = None
        for include in self._includes(file):
            content = self._included(include, position)
            if content is not None:
                under = content if under is None else merged(under, content)
        own = _without(file, _KEYS_OF_FILES)
        over = overlay(file, self._loading)
        whole = own if under is None else merged(under, own)
        return whole if over is None else merged(whole, over)

    def _included(self, include: _Include, position: _Position) -> Node | None:
        real = real_path(include.file)
        prefix = (*position.prefix, *include.prefix)
        if real in self._chain:
            self._warn_of_cycle(include)
            return None
        if (real, prefix) in self._reached:
            return None
        self._reached.add((real, prefix))
        self._is_grafted = self._is_grafted or bool(prefix)
        inside = _Position(include.file, (*position.through, include.place), prefix)
        return nested(include.prefix, self._mapping(inside, include.place))

    def _includes(self, file: Mapping) -> Iterator[_Include]:
        node = file.get("includes")
        if node is None or is_null(node):
            return
        for item in node.items if isinstance(node, Sequence) else (node,):
            if isinstance(item, Mapping):
                for key, entry in item.entries.items():
                    yield from self._include(entry.node, components(str(key)))
            else:
                yield from self._include(item)

    def _include(self, node: Node, prefix: Components = ()) -> Iterator[_Include]:
        place, known = node.origin.place, len(self._loading.problems)
        value = settled(node, self._loading)
        name = value.value if isinstance(value, Scalar) else None
        if isinstance(name, str | Path) and str(name):
            yield _Include(self._loading.path(str(name), place), place, prefix)
        elif len(self._loading.problems) == known:
            self._loading.problem(
                Kind.BAD_INCLUDE,
                place,
                f"an include is the path of a file, not {kind_of(node)}",
                "Write - file.yaml, or - key.path: file.yaml to put the content under a key path.",
            )

    def _warn_of_cycle(self, include: _Include) -> None:
        self._loading.problem(
            Kind.INCLUDE_CYCLE,
            include.place,
            f"{Path(include.file).name} is skipped, for it includes itself"
            f"{self._as_chain(include.file)}",
            severity=Severity.WARNING,
        )

    def _as_chain(self, file: str) -> str:
        real = real_path(file)
        chain = [*self._chain[self._chain.index(real) :], real]
        return f" ({' → '.join(Path(each).name for each in chain)})"

    def _fits(self, node: Node) -> bool:
        """Content below content may go deeper than any one file."""
        deepest = self._loading.limits.depth
        if not self._is_grafted or depth(node) <= deepest:
            return True
        message = f"with its includes, this is nested more than {deepest} levels deep"
        self._loading.problem(Kind.LIMIT, node.origin.place, message)
        return False


def _without(mapping: Mapping, keys: tuple[str, ...]) -> Mapping:
    entries = {key: entry for key, entry in mapping.entries.items() if key not in keys}
    return replace(mapping, entries=entries)
