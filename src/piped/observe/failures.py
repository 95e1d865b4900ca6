"""A failure as data, short: what a trace keeps of it."""

from __future__ import annotations

import traceback
from dataclasses import asdict, dataclass
from typing import Any

from piped.observe.snapshot import snapshot, text_of

__all__ = ["FailureText", "failure_text"]

# Whose lines say nothing of what went wrong.
_OURS = ("/piped/processing/", "/piped/interop/", "/piped/observe/", "<piped ")


@dataclass(frozen=True, slots=True)
class FailureText:
    """The type of an exception, what it says, its notes, and where it came from."""

    type: str
    message: str
    args: tuple[Any, ...]
    notes: tuple[str, ...]
    traceback: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """What JSON has of it."""
        return asdict(self)


def failure_text(failure: BaseException) -> FailureText:
    """What there is to say of `failure` now: it may gain notes later."""
    kind = type(failure)
    name = kind.__qualname__ if kind.__module__ == "builtins" else _full_name(kind)
    return FailureText(
        name,
        snapshot(_message(failure)),
        tuple(snapshot(each) for each in failure.args),
        tuple(snapshot(str(each)) for each in getattr(failure, "__notes__", ())),
        tuple(_lines(failure)),
    )


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _message(failure: BaseException) -> str:
    try:
        return str(failure)
    except Exception:  # noqa: BLE001 - somebody's exception may not even have a text
        return text_of(failure)


def _lines(failure: BaseException) -> list[str]:
    frames = traceback.extract_tb(failure.__traceback__)
    theirs = [each for each in frames if not any(ours in each.filename for ours in _OURS)]
    return [snapshot(f"{each.filename}:{each.lineno} in {each.name}") for each in theirs]
