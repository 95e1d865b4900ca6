"""The forms of single values that Python itself has."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from piped.conf.nodes import Mapping, Node, Scalar, Sequence, plain
from piped.options.findings import Findings
from piped.options.form import Form, constant
from piped.options.wording import about, shown
from piped.problems import Kind, did_you_mean
from piped.secret import Secret

__all__ = [
    "ANYTHING",
    "BOOLEAN",
    "BYTES",
    "INTEGER",
    "NOTHING",
    "NUMBER",
    "PATH",
    "PATTERN",
    "SECRET",
    "TEXT",
    "ZONE",
    "text_form",
    "text_of",
]

_UNQUOTED = "write it without quotes"
_SWITCHES = {"yes", "no", "on", "off", "true", "false"}


def text_of(node: Node) -> str | None:
    """The text that `node` is, or None."""
    return node.value if type(node) is Scalar and type(node.value) is str else None


def text_hint(node: Node) -> str:
    """The way out for one who wrote something that only looks like text."""
    if isinstance(node, Scalar) and isinstance(node.value, int | float):
        return f'write it in quotes: "{shown(node)}"'
    return ""


def text_form(
    words: str, expected: str, parse: Callable[[str], Any], schema: dict[str, Any]
) -> Form:
    """The form of what is written as text and becomes `parse(text)`, unless that is None."""

    def read(node: Node, findings: Findings, what: str) -> Any:
        text = text_of(node)
        if text is None:
            return findings.unfit(node, what, expected, hint=text_hint(node))
        value = parse(text)
        if value is None:
            return findings.unfit(node, what, expected, kind=Kind.WRONG_VALUE)
        return value

    return Form(words, expected, read, constant(schema))


def _integer(node: Node, findings: Findings, what: str) -> Any:
    if type(node) is Scalar and type(node.value) is int:
        return node.value
    hint = _UNQUOTED if re.fullmatch(r"[+-]?\d+", text_of(node) or "") else ""
    return findings.unfit(node, what, INTEGER.expected, hint=hint)


def _number(node: Node, findings: Findings, what: str) -> Any:
    value = node.value if type(node) is Scalar else None
    if type(value) is float:
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            kind = Kind.WRONG_VALUE
            return findings.unfit(node, what, "a number that is not as large", kind=kind)
    numeric = re.fullmatch(r"[+-]?\d+(\.\d+)?", text_of(node) or "")
    return findings.unfit(node, what, NUMBER.expected, hint=_UNQUOTED if numeric else "")


def _boolean(node: Node, findings: Findings, what: str) -> Any:
    if type(node) is Scalar and type(node.value) is bool:
        return node.value
    switch = (text_of(node) or "").lower() in _SWITCHES
    hint = "write true or false, without quotes" if switch else ""
    return findings.unfit(node, what, BOOLEAN.expected, hint=hint)


def _text(node: Node, findings: Findings, what: str) -> Any:
    if type(node) is Scalar and type(node.value) is str:
        return node.value
    return findings.unfit(node, what, "text", hint=text_hint(node))


def _nothing(node: Node, findings: Findings, what: str) -> Any:
    if type(node) is Scalar and node.value is None:
        return None
    return findings.unfit(node, what, "null")


def _anything(node: Node, findings: Findings, what: str) -> Any:
    del findings, what
    return node.value if type(node) is Scalar else plain(node)


def _encoded(text: str) -> bytes | None:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None


def _path(text: str) -> Path | None:
    if not text or "\0" in text:
        return None
    try:
        return Path(text).expanduser()
    except RuntimeError:  # `~somebody`, who has no home here
        return None


def _pattern(node: Node, findings: Findings, what: str) -> Any:
    text = text_of(node)
    if text is None:
        return findings.unfit(node, what, PATTERN.expected, hint=text_hint(node))
    try:
        with findings.python_warnings(node, what, Kind.WRONG_VALUE):
            return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        message = about(what, f"not a regular expression: {error}")
        return findings.problem(Kind.WRONG_VALUE, node, message)


def _zone(node: Node, findings: Findings, what: str) -> Any:
    text = text_of(node)
    if text is None:
        return findings.unfit(node, what, ZONE.expected, hint=text_hint(node))
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(text)
    # ZoneInfo has no name of its own for "no such file", and opens whatever it is given.
    except (KeyError, ValueError, OSError):
        near = did_you_mean(text, available_timezones())
        message = about(what, f"there is no time zone {text!r}{near}")
        return findings.problem(Kind.WRONG_VALUE, node, message)


def _secret(node: Node, findings: Findings, what: str) -> Any:
    value = node.value if type(node) is Scalar else None
    if type(value) is str:
        return Secret(value)
    if isinstance(value, Secret):
        return value
    if isinstance(value, int | float):
        # The usual message would show it.
        message = about(what, f"expected {SECRET.expected}, got something else")
        return findings.problem(Kind.WRONG_TYPE, node, message, "write it in quotes")
    return findings.unfit(node, what, SECRET.expected)


_STRING = constant({"type": "string"})

INTEGER = Form("whole number", "a whole number", _integer, constant({"type": "integer"}))
NUMBER = Form("number", "a number", _number, constant({"type": "number"}))
BOOLEAN = Form("true or false", "true or false", _boolean, constant({"type": "boolean"}))
TEXT = Form("text", "text", _text, _STRING)
NOTHING = Form("null", "null", _nothing, constant({"type": "null"}))
ANYTHING = Form("anything", "anything", _anything, constant({}), (Scalar, Sequence, Mapping))
BYTES = text_form("text", "text", _encoded, {"type": "string"})
PATH = text_form("path", "a path", _path, {"type": "string", "minLength": 1})
PATTERN = Form(
    "regular expression",
    "a regular expression",
    _pattern,
    constant({"type": "string", "format": "regex"}),
)
ZONE = Form("time zone", "a time zone like Europe/Oslo", _zone, _STRING)
SECRET = Form("secret text", "a secret text", _secret, _STRING)
