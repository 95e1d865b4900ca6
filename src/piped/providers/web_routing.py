"""The routing of a site: read, and checked.

Keys are parts of paths, or several with slashes between them; `{name:type}` takes any part. What
stands at a place is below its `__config__`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from piped.conf.nodes import Entry, Mapping, Node
from piped.options import INVALID
from piped.options.findings import Findings
from piped.options.form import Definitions, Form, Json
from piped.options.wording import about, shown
from piped.problems import Kind, Severity, did_you_mean
from piped.providers.web_settings import Config
from piped.web.site.patterns import Parameter, parts_of

if TYPE_CHECKING:
    from piped.options import Check

__all__ = ["Level", "Routing"]

_CONFIG = "__config__"
_DEBUGGER = "__debug__"
_OPTIONS = frozenset(Config.__dataclass_fields__)


@dataclass(slots=True, eq=False)
class Level:
    """One level of a routing."""

    path: str
    config: Config = field(default_factory=Config)
    children: dict[str, Level] = field(default_factory=dict)
    parameter: tuple[Parameter, Level] | None = None
    at: Node | None = None  # where it stands …
    node: Node | None = None  # … and where its `__config__` does
    # What stands in its `debug`: the rest of it is as above.
    debug_keys: frozenset[str] = frozenset()
    # The names of the parameters on the way to it.
    parameters: tuple[str, ...] = ()

    def levels(self) -> Iterator[Level]:
        """This one, and all below it."""
        yield self
        for child in self.below():
            yield from child.levels()

    def below(self) -> list[Level]:
        return [*self.children.values(), *([self.parameter[1]] if self.parameter else [])]


class _Reading:
    """One reading of a routing."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self.is_whole = True

    def read(self, node: Node, level: Level, what: str) -> None:
        if not isinstance(node, Mapping):
            self._wrong(Kind.WRONG_TYPE, node, about(what, _expected(node)), _hint(what))
            return
        level.at = level.at or node
        for key, entry in node.entries.items():
            if key == _CONFIG:
                self._read_config(entry, level, f"{what}.{key}")
            else:
                self._read_child(str(key), entry, level, what)

    def _read_config(self, entry: Entry, level: Level, what: str) -> None:
        if level.node is not None:
            message = f"{what}: {level.path!r} is configured a second time"
            self._wrong(Kind.CONFLICTING_OPTIONS, entry.node, message, "Put both into one.")
            return
        level.node = entry.node
        config = self._check.convert(entry.node, Config, what)
        if config is INVALID:
            self.is_whole = False
        else:
            level.config = config
            debug = entry.node.get("debug") if isinstance(entry.node, Mapping) else None
            if isinstance(debug, Mapping):
                level.debug_keys = frozenset(map(str, debug.entries))

    def _read_child(self, key: str, entry: Entry, level: Level, what: str) -> None:
        if key.startswith("__"):
            near = did_you_mean(key, [_CONFIG])
            message = f"{what}: names that begin with two underscores are our own{near}"
            hint = "" if near else f"What stands at a place is below its {_CONFIG}."
            if key == _DEBUGGER:
                hint = "Below it is the debugger."
            self._wrong(Kind.WRONG_VALUE, entry.key_place, f"{message}: {key!r}", hint)
            return
        self._warn_of_others(key, entry, f"{what}.{key}")
        try:
            for part in parts_of(key):
                level = self._step(level, part)
        except ValueError as error:
            self._wrong(Kind.WRONG_VALUE, entry.key_place, about(f"{what}.{key}", str(error)))
            return
        self.read(entry.node, level, f"{what}.{key}")

    def _warn_of_others(self, key: str, entry: Entry, what: str) -> None:
        """What is a parameter elsewhere, and text here."""
        for part in key.split("/"):
            name = part.strip("<>:*").rpartition(":")[2]
            meant = {"<": f"{{{name}}}", ":": f"{{{name}}}", "*": f"{{{name or 'rest'}:path}}"}
            if part[:1] in meant:
                message = f"{what}: {part!r} is taken as it stands, and is no parameter"
                hint = f"Write a parameter as {meant[part[0]]}."
                place = entry.key_place
                self._check.problem(
                    Kind.WRONG_VALUE, place, message, hint, severity=Severity.WARNING
                )

    def _step(self, level: Level, part: str | Parameter) -> Level:
        path = f"{level.path.rstrip('/')}/{part}"
        if isinstance(part, str):
            return level.children.setdefault(part, Level(path, parameters=level.parameters))
        if level.parameter is None:
            if part.name in level.parameters:
                raise ValueError(f"the path has two parameters called {part.name!r}")
            level.parameter = part, Level(path, parameters=(*level.parameters, part.name))
        elif level.parameter[0] != part:
            raise ValueError(f"there is {level.parameter[0]} already, where {part} would be, too")
        return level.parameter[1]

    def _wrong(self, kind: Kind, at: Any, message: str, hint: str = "") -> None:
        self.is_whole = False
        self._check.problem(kind, at, message, hint)


def _expected(node: Node) -> str:
    return f"expected a mapping of parts of paths, got {shown(node)}"


def _hint(what: str) -> str:
    key = what.rpartition(".")[2]
    if key in _OPTIONS:
        return f"write it below {_CONFIG}: {_CONFIG}: {{{key}: …}}"
    return f"what stands at a place is below its {_CONFIG}: {{{_CONFIG}: {{processor: …}}}}"


def _read(node: Node, findings: Findings, what: str) -> Any:
    root = Level("/")
    reading = _Reading(findings)  # type: ignore[arg-type]  # it is a Check, which converts
    reading.read(node, root, what)
    return root if reading.is_whole else INVALID


def _json(definitions: Definitions) -> Json:
    def level(inner: Definitions) -> Json:
        from piped.options.convert import form_of

        config = inner.of(form_of(Config))
        return {
            "type": "object",
            "properties": {_CONFIG: config},
            "additionalProperties": inner.once("routing", level),
        }

    return definitions.once("routing", level)


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """What `piped describe` tells of a routing.

    __config__: what stands at this place; all other keys are parts of paths
    """

    __config___: Config | None = None  # a trailing underscore is dropped


_FORM = Form("routing", "a mapping of parts of paths", _read, _json, (Mapping,))

if TYPE_CHECKING:
    Routing = Level
else:
    Routing = Annotated[_Shape, _FORM]
