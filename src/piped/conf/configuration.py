"""A configuration that is read: one tree, of which each value knows where it comes from."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Iterator, Mapping as Environment
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from piped.conf.aliases import without_aliases
from piped.conf.includes import Includes
from piped.conf.keypaths import components, found, placed
from piped.conf.loading import Loading
from piped.conf.nodes import Key, Mapping, Node, Origin, nodes_of, plain
from piped.conf.overrides import Override, from_environment, with_overrides
from piped.conf.report import as_error
from piped.conf.runmodes import detected
from piped.conf.values import with_values
from piped.conf.variables import with_variables
from piped.problems import Place, Problem, Severity

__all__ = ["Attempt", "Configuration", "attempt", "load", "undisturbed"]

_KeyPath = str | Iterable[Key]
_PROGRAM = Origin(Place("the program"))


class Configuration:
    """A tree of values, found by key path. What is handed out is the asker's own copy."""

    def __init__(
        self, tree: Mapping, warnings: Iterable[Problem] = (), files: Iterable[str] = ()
    ) -> None:
        self.tree = tree
        self.warnings = tuple(warnings)
        self.files = tuple(files)

    @classmethod
    def empty(cls) -> Configuration:
        return cls.of({})

    @classmethod
    def of(cls, values: dict[Any, Any]) -> Configuration:
        """The configuration of plain values, as a program or a test makes them."""
        tree = nodes_of(values, _PROGRAM)
        assert isinstance(tree, Mapping), "a configuration is a mapping"
        return cls(tree)

    @classmethod
    def from_text(
        cls,
        text: str,
        name: str = "<text>",
        overrides: Iterable[str] = (),
        *,
        under: _KeyPath = "",
        environment: Environment[str, str] = os.environ,
        runmode: str | None = None,
    ) -> Configuration:
        """What `load` makes of a file, made of a text. Paths are relative to where we are.

        The text may be a part: what stands at the key path `under`.
        """
        loading = _loading(environment, runmode)
        with undisturbed():
            tree = Includes(loading).text(text, name, components(under))
            return _right(_finished(tree, overrides, loading))

    def get(self, path: _KeyPath, fallback: Any = None) -> Any:
        """The plain value at `path`, or `fallback` where there is none."""
        node = self.node(path)
        return fallback if node is None else plain(node)

    def set(self, path: _KeyPath, value: Any) -> Any:
        """Put a plain value at `path`, making the mappings on the way. Gives the value."""
        node = nodes_of(value, _PROGRAM)
        tree = placed(self.tree, components(path), node)
        if not isinstance(tree, Mapping):
            raise TypeError("a configuration is a mapping")
        self.tree = tree
        return value

    def setdefault(self, path: _KeyPath, value: Any) -> Any:
        """The value at `path`, which is `value` from now on if there was none."""
        path = components(path)
        return self.set(path, value) if self.node(path) is None else self.get(path)

    def node(self, path: _KeyPath) -> Node | None:
        """The value at `path`, with its place and history."""
        return found(self.tree, components(path))

    def origin(self, path: _KeyPath) -> Origin | None:
        """Why the value at `path` is what it is."""
        node = self.node(path)
        return None if node is None else node.origin

    def __repr__(self) -> str:
        return f"<Configuration of {', '.join(map(str, self.tree.entries)) or 'nothing'}>"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of reading a configuration, right or wrong.

    A value that is wrong is missing, or is something else. Unless `is_complete`, a file or a part
    of one is missing, and nobody can say what stood in it.
    """

    configuration: Configuration
    problems: tuple[Problem, ...] = ()
    is_complete: bool = True

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(each for each in self.problems if each.severity is Severity.ERROR)


def load(
    file: str | os.PathLike[str],
    overrides: Iterable[str] = (),
    *,
    environment: Environment[str, str] = os.environ,
    runmode: str | None = None,
) -> Configuration:
    """Read a file, with all that it includes.

    Args:
        file: its path; `~` and `$VAR` are expanded.
        overrides: `path:value`; they come after those in `PIPED_CONFIGURATION_OVERRIDES`.
        environment: where environment variables are looked up.
        runmode: which of the file's `runmodes` counts. If it is None, `unittest` does
            under a test runner; if it is empty, none does.

    Raises:
        ConfigurationError: with all problems of all files.
    """
    return _right(attempt(file, overrides, environment=environment, runmode=runmode))


def attempt(
    file: str | os.PathLike[str],
    overrides: Iterable[str] = (),
    *,
    environment: Environment[str, str] = os.environ,
    runmode: str | None = None,
) -> Attempt:
    """The same, for those who go on with what could be read."""
    loading = _loading(environment, runmode)
    with undisturbed():
        path = loading.path(os.fspath(file), Place(""))
        return _finished(Includes(loading).root(path, Place(path)), overrides, loading)


def _loading(environment: Environment[str, str], runmode: str | None) -> Loading:
    mode = detected(sys.argv[0]) if runmode is None else runmode
    return Loading(environment, mode)


def _finished(tree: Mapping, overrides: Iterable[str], loading: Loading) -> Attempt:
    """Override, fill in, and hand out, with all that was found wrong on the way."""
    given = [*from_environment(loading), *map(Override, overrides)]
    tree = with_overrides(tree, given, loading)
    if "$" in loading.seen:
        tree = _mapping(with_variables(tree, loading))
    # Of an alias into a file that could not be read, nothing can be said.
    if "!alias" in loading.seen and loading.is_complete:
        tree = without_aliases(tree, loading)
    if loading.seen - {"$", "!alias"}:
        tree = _mapping(with_values(tree, loading))
    problems = tuple(_in_order(loading))
    warnings = [each for each in problems if each.severity is Severity.WARNING]
    configuration = Configuration(tree, warnings, loading.files)
    return Attempt(configuration, problems, loading.is_complete)


def _right(attempted: Attempt) -> Configuration:
    """The configuration, or all that is wrong with it raised."""
    if attempted.errors:
        raise as_error(attempted.problems)
    return attempted.configuration


def _mapping(node: Node) -> Mapping:
    assert isinstance(node, Mapping), "a mapping stays one"
    return node


def _in_order(loading: Loading) -> list[Problem]:
    """The problems file by file, from top to bottom."""
    order = {file: index for index, file in enumerate(loading.files)}

    def key(problem: Problem) -> tuple[int, int, int]:
        place = problem.place or Place("")
        return order.get(place.file, len(order)), place.line, place.column

    return sorted(loading.problems, key=key)


@contextmanager
def undisturbed() -> Iterator[None]:
    """No garbage is collected meanwhile: all is kept, and to look for garbage takes its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
