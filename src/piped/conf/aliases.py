"""`!alias`: a value that is found elsewhere in the configuration.

1. The layers of an alias are put over each other as files are: the defaults, the target, and
   whatever later files or overrides have to say.
2. Anything can be a target, another alias too.
3. An alias that leads back to itself, or into which it would have to be put, is a problem.
4. Aliases see the whole configuration, with its overrides.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from operator import is_

from piped.conf.keypaths import Components, NoRoom, child, components, placed
from piped.conf.loading import Loading
from piped.conf.merge import merged
from piped.conf.nodes import (
    Alias,
    Entry,
    Mapping,
    Node,
    Override,
    Scalar,
    Sequence,
)
from piped.conf.variables import text_at
from piped.problems import Kind, Place, did_you_mean

__all__ = ["without_aliases"]

# Asks for what an alias stands for, and is sent that: None if there is a problem with it.
_Search = Generator[Alias, Node | None, Node | None]


def without_aliases(tree: Mapping, loading: Loading) -> Mapping:
    """`tree` with each alias replaced by what it stands for."""
    whole = _Expansion(tree, loading).of(tree, 0).node
    # It is no mapping where there is too much of it, and a problem.
    return whole if isinstance(whole, Mapping) else tree


class _Heads:
    """What each alias stands for. Aliases further inside stay what they are.

    One search may need the end of another, in chains of any length: so the searches that wait are
    on a stack of their own.
    """

    def __init__(self, tree: Mapping, loading: Loading) -> None:
        self._tree = tree
        self._loading = loading
        # By identity; the alias is kept, so that its identity stays its own.
        self._found: dict[int, tuple[Alias, Node | None]] = {}
        self._circles: set[Place] = set()

    def of(self, alias: Alias) -> Node | None:
        """The layers of `alias`, put over each other."""
        if id(alias) in self._found:
            return self._found[id(alias)][1]
        waiting: list[tuple[Alias, _Search]] = [(alias, self._search(alias))]
        searched = {id(alias)}
        answer: Node | None = None
        while waiting:
            current, search = waiting[-1]
            try:
                wanted = search.send(answer)
            except StopIteration as end:
                answer = end.value
                self._found[id(current)] = (current, answer)
                searched.discard(id(current))
                waiting.pop()
                continue
            answer = None
            if id(wanted) in self._found:
                answer = self._found[id(wanted)][1]
            elif id(wanted) in searched:
                self.circle([each for each, _ in waiting], wanted)
            else:
                searched.add(id(wanted))
                waiting.append((wanted, self._search(wanted)))
        return answer

    def circle(self, chain: list[Alias], again: Alias) -> None:
        """Note that `again`, one of `chain`, leads to itself."""
        if again.origin.place in self._circles:
            return
        self._circles.add(again.origin.place)
        start = next(i for i, each in enumerate(chain) if _is_same(each, again))
        names = [_target(each) for each in [*chain[start:], again]]
        shown = names if len(names) < 8 else [*names[:4], "…", *names[-2:]]
        message = f"!alias:{names[0]} leads back to itself ({' → '.join(shown)})"
        self._loading.problem(Kind.BAD_ALIAS, again.origin.place, message)

    def _search(self, alias: Alias) -> _Search:
        result: Node | None = None
        for layer in alias.layers:
            if isinstance(layer, Override):
                result = self._overridden(result, layer)
                continue
            node: Node | None
            node = (yield from self._walk(layer, alias)) if isinstance(layer, str) else layer
            if isinstance(node, Alias):
                node = yield node
            if node is not None:
                result = node if result is None else merged(result, node)
        return result

    def _walk(self, path: str, alias: Alias) -> _Search:
        """What stands at `path`, through aliases on the way."""
        node: Node | None = self._tree
        path = text_at(path, alias.origin.place, self._loading)
        passed: Components = ()
        for component in components(path):
            if isinstance(node, Alias):
                node = yield node
            if node is None:
                return None
            below = child(node, component)
            if below is None:
                self._missing(path, passed, component, node, alias)
                return None
            node, passed = below, (*passed, component)
        return node

    def _missing(
        self, path: str, passed: Components, component: object, node: Node, alias: Alias
    ) -> None:
        keys = [str(key) for key in node.entries] if isinstance(node, Mapping) else []
        name = ".".join(map(str, (*passed, component)))
        message = f"!alias:{path}: there is no {name}{did_you_mean(str(component), keys)}"
        self._loading.problem(Kind.BAD_ALIAS, alias.origin.place, message)

    def _overridden(self, node: Node | None, override: Override) -> Node | None:
        if node is None:
            return None
        try:
            return placed(node, override.path, override.node)
        except NoRoom as error:
            name = ".".join(map(str, override.path))
            message = f"{name} behind an alias cannot be overridden: {error}"
            self._loading.problem(Kind.BAD_OVERRIDE, override.node.origin.place, message)
            return node


def _target(alias: Alias) -> str:
    """What stands behind the tag: the targets of aliases below this one come before it."""
    return [layer for layer in alias.layers if isinstance(layer, str)][-1]


@dataclass(frozen=True, slots=True)
class _Expanded:
    """A node without aliases; how many values and levels it has."""

    node: Node
    size: int = 1
    height: int = 0


class _Expansion:
    """The way through a tree, on which each alias is replaced."""

    def __init__(self, tree: Mapping, loading: Loading) -> None:
        self._heads = _Heads(tree, loading)
        self._loading = loading
        self._open: list[Alias] = []
        # How many values were looked at: aliases can be many ways to few values.
        self._seen = 0
        self._done: dict[int, tuple[Node, _Expanded]] = {}

    def of(self, node: Node, depth: int) -> _Expanded:
        """`node`, `depth` levels down, without aliases."""
        if isinstance(node, Scalar):
            return _Expanded(node)
        if id(node) not in self._done:
            self._done[id(node)] = (node, self._made(node, depth))
        return self._done[id(node)][1]

    def _made(self, node: Node, depth: int) -> _Expanded:
        if isinstance(node, Alias):
            return self._alias(node, depth)
        limits = self._loading.limits
        if depth > limits.depth or self._seen > limits.nodes:
            return self._limited(node)
        old = _children(node)
        self._seen += len(old)
        new, size, height = list(old), 1 + len(old), 1
        for index, part in enumerate(old):
            if not isinstance(part, Scalar):
                expanded = self.of(part, depth + 1)
                new[index] = expanded.node
                size += expanded.size - 1
                height = max(height, expanded.height + 1)
        if size > limits.nodes or height > limits.depth:
            return self._limited(node)
        return _Expanded(_with_children(node, old, new), size, height)

    def _alias(self, alias: Alias, depth: int) -> _Expanded:
        nothing = _Expanded(Scalar(None, alias.origin))
        if any(_is_same(each, alias) for each in self._open):
            self._heads.circle(self._open, alias)
            return nothing
        self._open.append(alias)
        head = self._heads.of(alias)
        result = nothing if head is None else self.of(head, depth)
        self._open.pop()
        return replace(result, node=_through(alias, result.node))

    def _limited(self, node: Node) -> _Expanded:
        message = "with aliases in place, this is more than fits"
        self._loading.problem(Kind.LIMIT, node.origin.place, message)
        return _Expanded(Scalar(None, node.origin))


def _is_same(one: Alias, other: Alias) -> bool:
    """Merging makes new aliases of old ones, and in a circle without end: so the tag counts."""
    return one.origin == other.origin and _target(one) == _target(other)


def _children(node: Node) -> list[Node]:
    if isinstance(node, Mapping):
        return [entry.node for entry in node.entries.values()]
    assert isinstance(node, Sequence)
    return list(node.items)


def _with_children(node: Node, old: list[Node], new: list[Node]) -> Node:
    if all(map(is_, old, new)):
        return node
    if isinstance(node, Sequence):
        return replace(node, items=tuple(new))
    assert isinstance(node, Mapping)
    pairs = zip(node.entries.items(), new, strict=True)
    return replace(node, entries={key: Entry(each, e.key_place) for (key, e), each in pairs})


def _through(alias: Alias, node: Node) -> Node:
    """`node`, which knows by what it came here.

    A mapping stands where the alias is; any other value where it is written.
    """
    how = f"!alias:{_target(alias)}"
    if isinstance(node, Mapping):
        return replace(node, origin=replace(alias.origin, how=how))
    how = ", ".join(filter(None, (node.origin.how, how)))
    return replace(node, origin=replace(node.origin, how=how))
