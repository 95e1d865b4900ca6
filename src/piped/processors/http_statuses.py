"""Status codes of HTTP, by number, by name and by phrase."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from piped.conf.nodes import Node, Scalar
from piped.options import Check
from piped.paths import BatonPath
from piped.problems import Kind, did_you_mean

__all__ = ["HAVE_NO_BODY", "StatusCode", "status_of"]

HAVE_NO_BODY = frozenset({204, 304})
_EXPECTED = "a status code like 404, NOT_FOUND or Not Found"
# What twisted.web.http calls otherwise than Python.
_TWISTED = {
    "MULTIPLE_CHOICE": 300,
    "NOT_ALLOWED": 405,
    "PROXY_AUTH_REQUIRED": 407,
    "REQUESTED_RANGE_NOT_SATISFIABLE": 416,
    "INSUFFICIENT_STORAGE_SPACE": 507,
}


def _word(text: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", text.replace("'", "").upper()).strip("_")


_BY_WORD = {name: int(status) for name, status in HTTPStatus.__members__.items()}
_BY_WORD |= {_word(status.phrase): int(status) for status in HTTPStatus} | _TWISTED


def status_of(value: Any) -> int | None:
    """The code that `value` means, or None. An answer that is no answer yet (1xx) has none."""
    if type(value) is str:
        value = _BY_WORD.get(_word(value), int(value) if value.isdecimal() else None)
    if isinstance(value, int) and not isinstance(value, bool) and 200 <= value <= 599:
        return int(value)
    return None


class StatusCode(int):
    """A status code: a number, the name of a constant of twisted.web.http, or a phrase."""

    __slots__ = ()

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, BatonPath):
            return value
        code = status_of(value)
        if code is not None:
            return code
        if not isinstance(value, str | int) or isinstance(value, bool):
            return check.unfit(node, check.what, _EXPECTED)
        near = did_you_mean(_word(value), _BY_WORD) if isinstance(value, str) else ""
        return check.unfit(node, check.what, _EXPECTED + near, kind=Kind.WRONG_VALUE)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        number = {"type": "integer", "minimum": 200, "maximum": 599}
        return {"anyOf": [number, {"type": "string"}], "examples": [404, "NOT_FOUND"]}
