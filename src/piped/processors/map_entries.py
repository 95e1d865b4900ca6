"""The entries of a mapping processor, in all the forms in which they may be written.

`foo`, `{foo: bar}`, `{foo: null}`, `{foo: {output_path: bar, option: …}}`,
`{input_path: foo, output_path: bar, option: …}`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from piped.exceptions import ConfigurationError
from piped.problems import did_you_mean

__all__ = ["MapEntry", "map_entries"]


@dataclass(frozen=True, slots=True)
class MapEntry:
    """From where to where, and what else is said of it."""

    input_path: str
    output_path: str | None
    options: dict[str, Any] = field(default_factory=dict)

    def complain_of_unknown(self, function: Callable[..., Any]) -> None:
        """Raise ConfigurationError if `function` does not take all of the options."""
        if not self.options:
            return
        parameters = inspect.signature(function).parameters
        if any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
            return
        for name in self.options.keys() - parameters.keys():
            message = f"the mapping has an unknown option {name!r}"
            raise ConfigurationError(message + did_you_mean(name, parameters))


def map_entries(mapping: Any, input_prefix: str, output_prefix: str) -> list[MapEntry]:
    """The entries of `mapping`, a list or a dict, with the prefixes before their paths."""
    if isinstance(mapping, dict):
        entries = [_pair(path, rest) for path, rest in mapping.items()]
    else:
        entries = [_entry(each) for each in mapping]
    return [_prefixed(each, input_prefix, output_prefix) for each in entries]


def _entry(written: Any) -> MapEntry:
    if isinstance(written, str):
        return MapEntry(written, written)
    if not isinstance(written, dict):
        _refuse(written, "it is neither a path nor a mapping")
    if "input_path" in written:
        return _explicit(written)
    if len(written) != 1:
        _refuse(written, "it does not say which is the input path")
    [(path, rest)] = written.items()
    return _pair(path, rest)


def _pair(path: Any, rest: Any) -> MapEntry:
    if not isinstance(path, str):
        _refuse(path, "its input path is no text")
    if rest is None or isinstance(rest, str):
        return MapEntry(path, rest)
    if not isinstance(rest, dict):
        _refuse({path: rest}, "behind the input path belongs an output path")
    if rest.get("input_path", path) != path:
        _refuse({path: rest}, "it has two different input paths")
    return _explicit({"input_path": path, **rest})


def _explicit(written: dict[str, Any]) -> MapEntry:
    options = dict(written)
    path = options.pop("input_path")
    return MapEntry(path, options.pop("output_path", path), options)


def _prefixed(entry: MapEntry, input_prefix: str, output_prefix: str) -> MapEntry:
    output = entry.output_path
    if output is not None:
        output = _path(output_prefix, output)
    return MapEntry(_path(input_prefix, entry.input_path), output, entry.options)


def _path(prefix: str, path: str) -> str:
    if not prefix:
        return path
    if f"{prefix}{path}".endswith("."):
        raise ConfigurationError(f"the path {prefix + path!r} ends with a dot")
    return type(path)(prefix + path)


def _refuse(written: Any, reason: str) -> NoReturn:
    hint = "Write `from`, `from: to`, or `from: {output_path: to, option: value}`."
    raise ConfigurationError(
        f"the entry {written!r} of the mapping is not clear: {reason}", hint=hint
    )
