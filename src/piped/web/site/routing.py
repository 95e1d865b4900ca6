"""From a path to the place that answers it.

A routing is a tree of branches, one a segment of the path:

1. A child of that name wins over a parameter, and both win over the files of the branch. Which way
   is taken is decided segment by segment, and never taken back.
2. Where the path ends, with or without a slash, what stands `here` answers.
3. What the routing does not know, the `files` of the last branch answer, unless they have nothing
   of that name. They answer the path of the branch, too, where nothing stands `here`.
4. Else it is what stands `beyond` in the nearest branch on the way: it has all that is left of the
   path, from that branch on.
5. `prepath` is the way to what answers, `postpath` what is left: nothing, where the path is that of
   the branch; one empty segment, if a slash ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote_to_bytes

from piped.web.site.patterns import Parameter

__all__ = ["Branch", "Found", "Router"]

T = TypeVar("T")
Segments = tuple[bytes, ...]

_NOTHING: dict[str, Any] = {}
# Found paths that are kept: so many, and none that is longer.
_MOST, _LONGEST = 1024, 256


@dataclass(slots=True, eq=False)
class Branch(Generic[T]):
    """What a routing has at one path."""

    here: T | None = None
    files: T | None = None
    beyond: T | None = None
    children: dict[bytes, Branch[T]] = field(default_factory=dict)
    parameter: tuple[Parameter, Branch[T]] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Found(Generic[T]):
    """A place, and what the path says to it. It is shared: whoever keeps something copies it."""

    place: T
    prepath: Segments
    postpath: Segments
    parameters: dict[str, Any] = field(default_factory=dict)
    otherwise: Found[T] | None = None  # who answers, if the files have nothing of that name


@dataclass(frozen=True, slots=True)
class _Way(Generic[T]):
    """How far a path leads."""

    branch: Branch[T]
    depth: int
    parameters: dict[str, Any]


class Router(Generic[T]):
    """Finds places. What is found most is found by one look into a dict."""

    def __init__(self, root: Branch[T]) -> None:
        self._root = root
        # The paths without parameters, as they are mostly written.
        self.known = {path: found for path in _names(root) if (found := self._search(path))}
        self._recent: dict[bytes, Found[T]] = {}

    def find(self, path: bytes) -> Found[T] | None:
        """The place for a path as it is in a request, without its query; or None."""
        return self.known.get(path) or self._recent.get(path) or self._found(path)

    def _found(self, path: bytes) -> Found[T] | None:
        found = self._search(path)
        if found is not None and len(path) <= _LONGEST:
            if len(self._recent) >= _MOST:
                del self._recent[next(iter(self._recent))]
            self._recent[path] = found
        return found

    def _search(self, path: bytes) -> Found[T] | None:
        if path[:1] != b"/":
            return None
        segments = tuple(map(unquote_to_bytes, path[1:].split(b"/")))
        ways = list(_ways(self._root, segments))
        branch, depth, parameters = ways[-1].branch, ways[-1].depth, ways[-1].parameters
        rest = segments[depth:]
        if branch.here is not None and rest in {(), (b"",)}:
            return Found(branch.here, segments, (), parameters)
        found = _beyond(ways, segments)
        if branch.files is not None:
            return Found(branch.files, segments[:depth], rest, parameters, found)
        return found


def _beyond(ways: list[_Way[T]], segments: Segments) -> Found[T] | None:
    for way in reversed(ways):
        if way.branch.beyond is not None:
            before, behind = segments[: way.depth], segments[way.depth :]
            return Found(way.branch.beyond, before, behind, way.parameters)
    return None


def _ways(root: Branch[T], segments: Segments) -> Iterator[_Way[T]]:
    """The branches that a path goes through, from the root on."""
    way = _Way(root, 0, _NOTHING)
    yield way
    last = len(segments) - 1
    # An empty segment at the end is no step: it is the slash that ends the path.
    while way.depth < last or (way.depth == last and segments[last]):
        step = _step(way, segments)
        if step is None:
            return
        way = step
        yield way


def _step(way: _Way[T], segments: Segments) -> _Way[T] | None:
    branch, depth = way.branch, way.depth
    child = branch.children.get(segments[depth])
    if child is not None:
        return _Way(child, depth + 1, way.parameters)
    if branch.parameter is None:
        return None
    parameter, child = branch.parameter
    behind = len(segments) if parameter.takes_all else depth + 1
    value = parameter.value(b"/".join(segments[depth:behind]))
    if value is None:
        return None
    return _Way(child, behind, {**way.parameters, parameter.name: value})


def _names(branch: Branch[Any], path: bytes = b"") -> Iterator[bytes]:
    """The paths of all branches that are reached by names alone, as they are written mostly."""
    yield path or b"/"
    if path:
        yield path + b"/"
    for name, child in branch.children.items():
        yield from _names(child, path + b"/" + quote(name, safe="~").encode())
