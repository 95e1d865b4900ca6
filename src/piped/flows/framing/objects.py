"""JSON, a line for each object."""

from __future__ import annotations

import json
from typing import Any

from piped.exceptions import MalformedFrame
from piped.flows.framing.lines import Texts
from piped.flows.framing.stage import LONGEST, Framing, Odd
from piped.flows.tube import Tube
from piped.flows.working import Failing, Mapping

__all__ = ["json_lines", "to_json_lines"]


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


_read = json.JSONDecoder(parse_constant=_no_number).decode
_write = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class _JsonLines(Texts):
    """Finds lines, and reads them."""

    def __init__(self, longest: int) -> None:
        super().__init__(b"\n", "utf-8", longest)

    def made(self, frames: list[bytes]) -> list[Any]:
        return list(map(_read, super().made(frames)))

    def made_of_one(self, frame: bytes) -> Any:
        text = frame.decode()
        return _read(text) if text.strip() else Odd()


def json_lines(*, longest: int = LONGEST, failing: Failing = "refuse") -> Tube:
    """Whatever the lines say in JSON. Blank lines say nothing."""
    return Tube(lambda: Framing(_JsonLines(longest), failing), "json_lines", bytes)


def to_json_lines(*, failing: Failing = "refuse") -> Tube:
    """A line of JSON for each item."""

    def framed(item: Any) -> bytes:
        try:
            return _write(item).encode() + b"\n"
        except (TypeError, ValueError, RecursionError) as failure:
            raise MalformedFrame(f"an item cannot be said in JSON: {failure}") from failure

    return Tube(lambda: Mapping(framed, failing), "to_json_lines", Any, bytes)
