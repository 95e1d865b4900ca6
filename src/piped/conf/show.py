"""The effective configuration as YAML, secrets hidden."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from piped.conf.configuration import Configuration
from piped.conf.nodes import Key, Mapping, Node, Origin, Parameter, Scalar, Sequence
from piped.conf.report import shown
from piped.conf.scalars import resolve
from piped.paths import BatonPath
from piped.secret import HIDDEN, Secret

__all__ = ["effective"]

# Texts that need no quotes, anywhere: a careful choice, not all that YAML would allow.
_PLAIN = re.compile(r"(?:[A-Za-z0-9_./(]|-(?=[A-Za-z0-9_]))[ -~]*\Z")
_NOT_PLAIN = re.compile(r": |:$| #|[\[\]{},]|\s$|^(?:---|\.\.\.)")
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_UNFIT_FOR_BLOCK = re.compile(
    r"\A\s|[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff-\uffff]"
)
# YAML finds a key by its ':' only so far; a longer one has a '?' before it.
_LONGEST_KEY = 1_000


def effective(configuration: Configuration, origin: bool = False) -> str:
    """YAML that says the same as `configuration`, in one file.

    With `origin`, a comment behind each value says where it comes from.
    """
    tree = configuration.tree
    if not tree.entries:
        return "{}\n"
    return "\n".join(_Print(origin).mapping(tree, "")) + "\n"


class _Print:
    def __init__(self, with_origins: bool) -> None:
        self._with_origins = with_origins

    def mapping(self, mapping: Mapping, indent: str) -> Iterator[str]:
        for key, node in mapping.items():
            name = _key(key)
            if len(name) > _LONGEST_KEY:
                yield f"{indent}? {name}"
                name = ""
            yield from self._item(f"{indent}{name}:", node, f"{indent}  ")

    def _sequence(self, sequence: Sequence, indent: str) -> Iterator[str]:
        for node in sequence.items:
            yield from self._item(f"{indent}-", node, f"{indent}  ")

    def _item(self, head: str, node: Node, indent: str) -> Iterator[str]:
        """`head`, with `node` behind or below it."""
        if isinstance(node, Mapping) and node.entries:
            lines = self.mapping(node, indent)
            if head.endswith("-"):
                yield f"{head} {next(lines).removeprefix(indent)}"
            else:
                yield head
            yield from lines
        elif isinstance(node, Sequence) and node.items:
            yield head
            yield from self._sequence(node, indent)
        else:
            yield from self._leaf(head, node, indent)

    def _leaf(self, head: str, node: Node, indent: str) -> Iterator[str]:
        comment = f"  # {_why(node.origin)}" if self._with_origins else ""
        value = _leaf_value(node)
        if isinstance(value, str) and _is_block(value):
            text = value.replace("${", "$${")
            yield f"{head} |{'' if text.endswith(chr(10)) else '-'}{comment}"
            yield from (indent + line for line in text.removesuffix("\n").split("\n"))
        else:
            yield f"{head} {_value(value)}{comment}"


def _leaf_value(node: Node) -> Any:
    if isinstance(node, Scalar):
        return node.value
    return {} if isinstance(node, Mapping) else []


def _is_block(text: str) -> bool:
    """Whether `text` reads well as a block: several lines, none of them odd."""
    has_lines = type(text) is str and "\n" in text and not text.endswith("\n\n")
    return has_lines and not _UNFIT_FOR_BLOCK.search(text)


def _value(value: Any) -> str:
    """A scalar in YAML, on one line."""
    for kind, printed in _PRINTS.items():
        if isinstance(value, kind):
            return printed(value)
    # Only a program can have put it there.
    return _text(repr(value))


def _number(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)


def _text(text: str) -> str:
    return _quoted(text.replace("${", "$${"))


def _key(key: Key) -> str:
    """Variables count in values only."""
    return _quoted(key) if isinstance(key, str) else _value(key)


def _quoted(text: str) -> str:
    """`text`, in quotes if it needs them."""
    is_plain = _PLAIN.match(text) and not _NOT_PLAIN.search(text)
    if is_plain and resolve(text) == text:
        return text
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _parameter(parameter: Parameter) -> str:
    name, default = _text(parameter.name), parameter.default
    return name if default is None else f"{{name: {name}, default: {_flow(default)}}}"


def _flow(node: Node) -> str:
    """`node` on one line."""
    if isinstance(node, Mapping):
        return f"{{{', '.join(f'{_key(key)}: {_flow(each)}' for key, each in node.items())}}}"
    if isinstance(node, Sequence):
        return f"[{', '.join(map(_flow, node.items))}]"
    return _value(_leaf_value(node))


# A truth value is a number, too, and a baton path is a text: the first row that fits counts.
_PRINTS: dict[type, Callable[[Any], str]] = {
    Secret: lambda _: f"!secret {HIDDEN}",
    BatonPath: lambda value: f"!path {_text(value)}",
    Parameter: lambda value: f"!parameter {_parameter(value)}",
    Path: lambda value: f"!filepath {_text(str(value))}",
    str: _text,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    float: _number,
    int: repr,
    dict: lambda _: "{}",
    list: lambda _: "[]",
}


def _why(origin: Origin) -> str:
    """Why a value is what it is, on one line."""
    parts = [_origin(origin)]
    replaced = origin.replaced
    while replaced is not None:
        parts.append(f"instead of {_origin(replaced)}")
        replaced = replaced.replaced
    return " ".join(", ".join(parts).split())


def _origin(origin: Origin) -> str:
    place = shown(origin.place)
    # The place of an override says itself that it is one.
    how = f" ({origin.how})" if origin.how and not place.startswith(origin.how) else ""
    chain = "".join(f", included at {shown(each)}" for each in reversed(origin.through))
    return f"{place}{how}{chain}"
