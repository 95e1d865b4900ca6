"""What a plain scalar means: the core schema of YAML 1.2.

`on`, `yes` and `12:30` are texts, `0755` is seven hundred and fifty-five, `0o755` is octal.
"""

from __future__ import annotations

import re

__all__ = ["resolve"]

_WORDS: dict[str, bool | float | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_DECIMAL = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
# Most scalars are texts, and most texts begin with none of these.
_BEGINNINGS = frozenset("~nNtTfF.+-0123456789")
# Python refuses to read, or later to print, numbers of thousands of digits.
_LONGEST_NUMBER = 1_000


def resolve(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar."""
    if text and text[0] not in _BEGINNINGS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return text if len(text) > _LONGEST_NUMBER else _number(text)


def _number(text: str) -> str | int | float:
    if _DECIMAL.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    if _OCTAL.match(text):
        return int(text, 0)
    return int(text, 0) if _HEXADECIMAL.match(text) else text
