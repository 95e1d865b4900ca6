"""What processors that look whether an input fits have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Annotated, Any

from piped.exceptions import InvalidInput, InvalidRequest
from piped.options import Between
from piped.processors.base import InputOutputProcessor
from piped.processors.fixed import fixed

__all__ = ["Fault", "ValidatingProcessor"]

# Where in the input something is, and what is wrong with it.
Fault = tuple[Sequence[Any], str]
Status = Annotated[int, Between(400, 499)]

# So many faults are looked for at most: who sends more of them has sent something else.
_MOST = 100
# So many are told in one sentence, and so much of each.
_TOLD = 5
_LONGEST = 200


class ValidatingProcessor(InputOutputProcessor):
    """Fails with an `InvalidInput` that has all that is wrong with the input."""

    def __init__(
        self,
        *,
        skip_if_nonexistent: bool = False,
        status: Status | None = 400,
        **paths: Any,
    ) -> None:
        """
        skip_if_nonexistent: let a baton without the input pass, which is as wrong as null else
        status: the code by which a web client is told; null if the input is not the client's
        """
        super().__init__(skip_if_nonexistent=skip_if_nonexistent, **paths)
        self.status = fixed("status", status)

    def invalid(self, found: Iterable[Fault]) -> InvalidInput:
        """What is to be raised for these faults."""
        faults = [
            {"path": ".".join(map(str, path)), "message": _shortened(message)}
            for path, message in islice(found, _MOST)
        ]
        told = f"the input does not fit: {_told(faults)}"
        if self.status is None:
            return InvalidInput(told, faults)
        return InvalidRequest(told, faults, self.status)


def _told(faults: list[dict[str, str]]) -> str:
    listed = [
        f"{each['path']}: {each['message']}" if each["path"] else each["message"]
        for each in faults[:_TOLD]
    ]
    more = len(faults) - _TOLD
    return "; ".join([*listed, f"and {more} more"] if more > 0 else listed)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
