"""What a configuration says about plugins: its section `plugins`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from piped.conf import nodes
from piped.problems import Kind, Place, Problem, did_you_mean

__all__ = ["Bundle", "Configured", "PluginSettings", "read_settings"]

_KEYS = ("bundles", "path", "disabled")
_PACKAGE = re.compile(r"[\w-]+(\.[\w-]+)*")


class Configured(Protocol):
    """As much of a configuration as is needed here."""

    def node(self, path: str) -> nodes.Node | None: ...


@dataclass(frozen=True, slots=True)
class Bundle:
    """A package or module in which plugins are looked for."""

    name: str
    package: str
    origin: nodes.Origin


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """Where to look for plugins, and which to leave out."""

    bundles: tuple[Bundle, ...] = ()
    folders: tuple[Path, ...] = ()  # absolute
    disabled: tuple[re.Pattern[str], ...] = ()
    problems: tuple[Problem, ...] = ()

    def wants_module(self, module: str) -> bool:
        """Whether neither `module` nor a package around it is disabled."""
        return not self.disabled or all(map(self.wants_name, _outwards(module)))

    def wants_name(self, name: str) -> bool:
        return not any(pattern.match(name) for pattern in self.disabled)


def _outwards(module: str) -> Iterator[str]:
    """a.b.c, a.b, a"""
    while module:
        yield module
        module = module.rpartition(".")[0]


def read_settings(configuration: Configured) -> PluginSettings:
    """The section `plugins`, and all that is wrong with it."""
    reading = _Reading()
    entries = dict(reading.entries(configuration.node("plugins"), "plugins"))
    values = {key: entry.node for key, entry in entries.items()}
    reading.reject_all_but(_KEYS, entries)
    return PluginSettings(
        tuple(reading.bundles(values.get("bundles"))),
        tuple(reading.folders(values.get("path"))),
        tuple(reading.disabled(values.get("disabled"))),
        tuple(reading.problems),
    )


class _Reading:
    """Goes through the section and notes what is wrong on the way."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def reject_all_but(self, known: Sequence[str], entries: Mapping[str, nodes.Entry]) -> None:
        for key, entry in entries.items():
            if key not in known:
                message = f"plugins has no option {key!r}{did_you_mean(key, known)}"
                self._reject(Kind.UNKNOWN_OPTION, entry.key_place, message)

    def bundles(self, node: nodes.Node | None) -> Iterator[Bundle]:
        for name, entry in self.entries(node, "plugins.bundles"):
            what = f"plugins.bundles.{name}"
            for package, origin in self._texts(entry.node, what):
                if _PACKAGE.fullmatch(package):
                    yield Bundle(name, package, origin)
                else:
                    self._reject_package(package, origin, what)

    def _reject_package(self, text: str, origin: nodes.Origin, what: str) -> None:
        dotted = text.strip("./ ").removesuffix(".py").replace("/", ".")
        example = dotted if _PACKAGE.fullmatch(dotted) else "package.module"
        message = f"{what}: {text!r} is not the name of a package"
        hint = f"Write it as an import has it: {example}"
        self._reject(Kind.WRONG_VALUE, origin.place, message, hint)

    def folders(self, node: nodes.Node | None) -> Iterator[Path]:
        for text, origin in self._texts(node, "plugins.path"):
            # Unlike that of Path, this one leaves a `~` of nobody as it is.
            expanded = os.path.expanduser(os.path.expandvars(text))  # noqa: PTH111 - see above
            folder = Path(origin.place.file).parent / expanded
            if folder.is_dir():
                yield folder.resolve()
            else:
                message = f"plugins.path: there is no folder {folder}"
                hint = "A path is relative to the file in which it stands."
                self._reject(Kind.WRONG_VALUE, origin.place, message, hint)

    def disabled(self, node: nodes.Node | None) -> Iterator[re.Pattern[str]]:
        for text, origin in self._texts(node, "plugins.disabled"):
            try:
                pattern = re.compile(text)
            except re.error as error:
                message = f"plugins.disabled: {text!r} is not a regular expression: {error}"
                self._reject(Kind.WRONG_VALUE, origin.place, message)
            else:
                yield pattern

    def entries(self, node: nodes.Node | None, what: str) -> Iterator[tuple[str, nodes.Entry]]:
        if isinstance(node, nodes.Mapping):
            yield from ((str(key), entry) for key, entry in node.entries.items())
        elif node is not None and not _is_null(node):
            self._reject_type(node, what, "a mapping")

    def _texts(self, node: nodes.Node | None, what: str) -> Iterator[tuple[str, nodes.Origin]]:
        """The texts of a list, or the one that stands in its place."""
        if node is None or _is_null(node):
            return
        for each in node.items if isinstance(node, nodes.Sequence) else (node,):
            if isinstance(each, nodes.Scalar) and isinstance(each.value, str | os.PathLike):
                yield os.fspath(each.value), each.origin
            else:
                self._reject_type(each, what, "texts" if each is not node else "a list of texts")

    def _reject_type(self, node: nodes.Node, what: str, expected: str) -> None:
        message = f"{what}: expected {expected}, got {_described(node)}"
        self._reject(Kind.WRONG_TYPE, node.origin.place, message)

    def _reject(self, kind: Kind, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(Problem(kind, place, message, hint))


def _is_null(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Scalar) and node.value is None


def _described(node: nodes.Node) -> str:
    if isinstance(node, nodes.Scalar):
        return "nothing" if node.value is None else repr(node.value)
    return "a mapping" if isinstance(node, nodes.Mapping) else "a list"
