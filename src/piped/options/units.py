"""Durations and sizes: numbers with units.

`1.5s`, `200ms` and `1h30m` are seconds; `10MiB` and `1.5 GB` are bytes. A plain number is
seconds, or bytes.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from piped.conf.nodes import Node, Scalar
from piped.options.findings import Findings
from piped.options.form import Form, constant
from piped.options.scalars import text_of
from piped.problems import Kind

__all__ = [
    "Duration",
    "Size",
    "duration_of",
    "duration_text",
    "size_of",
    "size_text",
]

# Whole numbers, so that 0.1s is the float 0.1 and not something near it.
_MICROSECONDS = {
    "w": 604_800_000_000,
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}
_BYTES = {"B": 1} | {
    f"{letter}{ending}": base**power
    for power, letter in enumerate("kMGTP", start=1)
    for ending, base in (("B", 1000), ("iB", 1024))
}
_BYTES |= {"KB": 1000, "KiB": 1024}

_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,9})?"
_DURATION = "^(?=.)" + "".join(rf"(?:{_NUMBER}{unit})?" for unit in _MICROSECONDS) + "$"
_SIZE = rf"^{_NUMBER} ?(?:{'|'.join(_BYTES)})$"
_part = re.compile(rf"({_NUMBER}) ?([a-zA-Z]+)")
_is_duration, _is_size = (re.compile(each, re.ASCII).fullmatch for each in (_DURATION, _SIZE))


def duration_of(text: str) -> float | None:
    """The seconds that `text` means, or None."""
    total = _total(text, _MICROSECONDS) if _is_duration(text) else None
    return None if total is None else total[0] / (total[1] * 1_000_000)


def size_of(text: str) -> int | None:
    """The bytes that `text` means, or None. A part of a byte does not count."""
    total = _total(text, _BYTES) if _is_size(text) else None
    return None if total is None else total[0] // total[1]


def _total(text: str, units: dict[str, int]) -> tuple[int, int]:
    """The sum of all parts, as a fraction."""
    numerator, denominator = 0, 10**9
    for number, unit in _part.findall(text):
        whole, _, decimals = number.partition(".")
        numerator += int(whole + decimals.ljust(9, "0")) * units[unit]
    return numerator, denominator


def duration_text(seconds: float) -> str:
    """The shortest way to write a duration, to the microsecond: `1h30m`."""
    left, parts = round(seconds * 1_000_000), []
    for unit, size in _MICROSECONDS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def size_text(size: int) -> str:
    """A size in the largest unit that gives a whole number: `10MiB`."""
    fitting = [unit for unit, factor in _BYTES.items() if size % factor == 0]
    unit = max(fitting, key=_BYTES.__getitem__) if size else "B"
    return f"{size // _BYTES[unit]}{unit}"


def _read_duration(node: Node, findings: Findings, what: str) -> Any:
    value = node.value if type(node) is Scalar else None
    if type(value) is str:
        value = duration_of(value)
    elif type(value) is int:
        value = _as_float(value)
    elif type(value) is not float:
        return findings.unfit(node, what, DURATION.expected)
    if value is not None and 0 <= value < math.inf:
        return value
    return findings.unfit(
        node, what, DURATION.expected, kind=Kind.WRONG_VALUE, hint=_hint(node, "s")
    )


def _as_float(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None


def _read_size(node: Node, findings: Findings, what: str) -> Any:
    value = node.value if type(node) is Scalar else None
    if type(value) is str:
        value = size_of(value)
    elif type(value) is not int:
        return findings.unfit(node, what, SIZE.expected)
    if value is not None and value >= 0:
        return value
    hint = _hint(node, "MiB")
    return findings.unfit(node, what, SIZE.expected, kind=Kind.WRONG_VALUE, hint=hint)


def _hint(node: Node, unit: str) -> str:
    text = text_of(node) or ""
    return f"name the unit: {text}{unit}" if re.fullmatch(_NUMBER, text) else ""


def _number_or_text(number: str, pattern: str, examples: list[Any]) -> dict[str, Any]:
    choices = [{"type": number, "minimum": 0}, {"type": "string", "pattern": pattern}]
    return {"anyOf": choices, "examples": examples}


DURATION = Form(
    "duration",
    "a duration like 1.5s",
    _read_duration,
    constant(_number_or_text("number", _DURATION, ["1.5s", "200ms", "1h30m", 10])),
)
SIZE = Form(
    "size",
    "a size like 10MiB",
    _read_size,
    constant(_number_or_text("integer", _SIZE, ["10MiB", "1.5 GB", 65536])),
)

Duration = Annotated[float, DURATION]
Size = Annotated[int, SIZE]
