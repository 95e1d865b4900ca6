"""Text to nodes.

The events of PyYAML's parser are followed with a stack of our own, so that neither depth nor an
anchor that multiplies itself can do more than be a problem.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from yaml import MarkedYAMLError, YAMLError, events
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from piped.conf.frames import Frame, MappingFrame, SequenceFrame
from piped.conf.nodes import Mapping, Node, Origin, Scalar
from piped.conf.scalars import resolve
from piped.conf.syntax import unprintable, unreadable_yaml
from piped.conf.tags import marked
from piped.problems import Kind, Place, Problem, did_you_mean

__all__ = ["DEFAULT_LIMITS", "Document", "Limits", "PurePythonParser", "Source", "read"]


class PurePythonParser(Reader, Scanner, Parser):
    """What reads YAML where there is no libyaml."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


class _Events(Protocol):
    def get_event(self) -> events.Event | None: ...


# The parser in C is there where PyYAML was built with libyaml.
try:
    from yaml._yaml import CParser
except ImportError:
    _parser: Callable[[str], _Events] = PurePythonParser
else:
    _parser = CParser


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a configuration may be.

    `bytes` are those of one file; `nodes` those of all files, with anchors and aliases expanded.
    """

    bytes: int = 16 * 1024 * 1024
    depth: int = 100
    nodes: int = 1_000_000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Document:
    """What a text says. After an error, `node` is what could be read before it."""

    node: Node | None
    problems: tuple[Problem, ...] = ()
    tags: frozenset[str] = frozenset()
    size: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text comes from: all that its nodes are to know of that."""

    file: str
    through: tuple[Place, ...] = ()
    how: str = ""
    # It has no lines worth counting: a word of the command line.
    is_word: bool = False


def read(text: str, source: Source, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Follow the one document in `text`."""
    reading = _Reading(source, limits)
    problem = unprintable(text, source.file) or reading.follow(text)
    problems = (*reading.problems, problem) if problem else tuple(reading.problems)
    root = reading.root()
    if problem is not None and not isinstance(root, Mapping):
        root = None
    return Document(root, problems, frozenset(reading.tags), reading.count, problem is None)


class _Enough(Exception):
    """There is a problem behind which nothing can be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    size: int
    height: int


class _Reading:
    """One text on its way to nodes."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.problems: list[Problem] = []
        self.tags: set[str] = set()
        self._file = source.file
        self._whole = Place(source.file)
        self._through = source.through
        self._how = source.how
        self._is_word = source.is_word
        self._limits = limits
        self.count = 0
        self._documents = 0
        # None: the anchor's own node has not ended.
        self._anchors: dict[str, _Anchored | None] = {}
        self._top = SequenceFrame(self._origin(self._whole), None, None, 0, self.problems)
        self._frames: list[Frame] = [self._top]
        self._handlers: dict[type[events.Event], Callable[[Any], None]] = {
            events.ScalarEvent: self._scalar,
            events.AliasEvent: self._reference,
            events.MappingStartEvent: self._begin_mapping,
            events.SequenceStartEvent: self._begin_sequence,
            events.MappingEndEvent: self._end,
            events.SequenceEndEvent: self._end,
            events.DocumentStartEvent: self._document,
        }

    def follow(self, text: str) -> Problem | None:
        """Take the events of `text`; the problem is the one that ended it before its end."""
        try:
            parser = _parser(text)
            while (event := parser.get_event()) is not None:
                handle = self._handlers.get(type(event))
                if handle is not None:
                    handle(event)
                elif type(event) is events.StreamEndEvent:
                    break
        except _Enough as enough:
            return enough.problem
        except MarkedYAMLError as error:
            return unreadable_yaml(error, self._file, text)
        except (YAMLError, ValueError, OverflowError) as error:
            # The parser in Python takes "\\UFFFFFFFF" for a character.
            return Problem(Kind.SYNTAX, Place(self._file), f"this is not YAML: {error}")
        return None

    def root(self) -> Node | None:
        """The whole; of a mapping whose end was not reached, the entries before it."""
        if self._top.items:
            return self._top.items[0]
        outermost = self._frames[1] if len(self._frames) > 1 else None
        return outermost.node() if isinstance(outermost, MappingFrame) else None

    def _document(self, event: events.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            place = self._place(event.start_mark, event.end_mark)
            message = "a second document begins here, and a configuration is one"
            raise _Enough(Problem(Kind.SYNTAX, place, message, "Put it into a file to include."))

    def _origin(self, place: Place) -> Origin:
        return Origin(place, self._through, self._how)

    def _place(self, start: Any, end: Any) -> Place:
        if self._is_word:
            return self._whole
        line = start.line
        column = start.column
        end_column = end.column
        if end.line != line or end_column == column:
            end_column = -1
        return Place(self._file, line + 1, column + 1, end_column + 1)

    def _scalar(self, event: events.ScalarEvent) -> None:
        place = self._place(event.start_mark, event.end_mark)
        text, tag = event.value, event.tag
        is_plain = not event.style
        frame = self._frames[-1]
        if (
            isinstance(frame, MappingFrame)
            and frame.wants_key
            and tag is None
            and event.anchor is None
        ):
            frame.name(resolve(text) if is_plain else text, place, is_plain=is_plain)
            return
        value = resolve(text) if is_plain and tag is None else text
        node: Node = Scalar(value, self._origin(place), text, not is_plain)
        if tag is not None:
            node = self._tagged(node, tag)
        self._put(node, 1, 0, event.anchor)

    def _begin_mapping(self, event: events.MappingStartEvent) -> None:
        self._begin(MappingFrame, event)

    def _begin_sequence(self, event: events.SequenceStartEvent) -> None:
        self._begin(SequenceFrame, event)

    def _begin(self, frame: type[Frame], event: Any) -> None:
        place = self._place(event.start_mark, event.end_mark)
        origin = self._origin(place)
        if len(self._frames) > self._limits.depth:
            raise self._too_deep(place)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._frames.append(frame(origin, event.tag, event.anchor, self.count, self.problems))

    def _end(self, event: events.CollectionEndEvent) -> None:
        del event
        frame = self._frames.pop()
        node = frame.node()
        if frame.tag is not None:
            node = self._tagged(node, frame.tag)
        size = self.count - frame.began + 1
        self.count = frame.began
        self._put(node, size, frame.height, frame.anchor)

    def _put(self, node: Node, size: int, height: int, anchor: str | None) -> None:
        """Give `node` to what it stands in."""
        self.count += size
        if self.count > self._limits.nodes:
            raise self._too_many(node.origin.place)
        if anchor is not None:
            self._anchors[anchor] = _Anchored(node, size, height)
        frame = self._frames[-1]
        if height >= frame.height:
            frame.height = height + 1
        frame.put(node)

    def _reference(self, event: events.AliasEvent) -> None:
        """Put what stands behind an anchor; `*name` is counted as all that it stands for."""
        place = self._place(event.start_mark, event.end_mark)
        name = str(event.anchor)
        anchored = self._anchors.get(name)
        if anchored is None:
            self._put(Scalar(None, self._origin(place)), 1, 0, None)
            self.problems.append(self._unknown_anchor(name, place))
            return
        if len(self._frames) + anchored.height > self._limits.depth:
            raise self._too_deep(place)
        if self.count + anchored.size > self._limits.nodes:
            raise self._too_many(place)
        self._put(anchored.node, anchored.size, anchored.height, None)

    def _unknown_anchor(self, name: str, place: Place) -> Problem:
        if name in self._anchors:
            return Problem(Kind.SYNTAX, place, f"*{name} stands inside what it stands for")
        names = did_you_mean(name, self._anchors)
        hint = f"Put &{name} before the value that is meant; quote a text that begins with '*'."
        return Problem(Kind.SYNTAX, place, f"*{name}: no &{name} stands above it{names}", hint)

    def _tagged(self, node: Node, tag: str) -> Node:
        self.tags.add(tag.partition(":")[0])
        outcome = marked(node, tag)
        if isinstance(outcome, Problem):
            self.problems.append(outcome)
            return node
        return outcome

    def _too_deep(self, place: Place) -> _Enough:
        message = f"this is nested more than {self._limits.depth} levels deep"
        return _Enough(Problem(Kind.LIMIT, place, message))

    def _too_many(self, place: Place) -> _Enough:
        message = f"here come more values than fit (about {DEFAULT_LIMITS.nodes:,})"
        return _Enough(Problem(Kind.LIMIT, place, message))
