"""Text that no output may show.

`reveal` gives the text to the library that needs it. From then on `redact` knows it and takes
it out of whatever is about to be shown, should the library repeat it.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

__all__ = ["HIDDEN", "Secret", "redact"]

HIDDEN = "«secret»"
# Shorter ones would turn up inside innocent words.
_SHORTEST_REDACTED = 4
_revealed: set[str] = set()
_pattern: re.Pattern[str] | None = None


class Secret:
    """A text that shows itself only when asked by name."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself. Hand it on, do not keep it."""
        _remember(self.__text)
        return self.__text

    def __repr__(self) -> str:
        return HIDDEN

    def __format__(self, format_spec: str) -> str:
        return format(HIDDEN, format_spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.__text == self.__text

    def __hash__(self) -> int:
        return hash((Secret, self.__text))

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self


def _remember(text: str) -> None:
    global _pattern  # noqa: PLW0603 - one process has one set of revealed secrets
    if len(text) >= _SHORTEST_REDACTED and text not in _revealed:
        # As it is, and as those would show it who escape it first.
        _revealed.update({text, repr(text)[1:-1], json.dumps(text)[1:-1]})
        longest_first = sorted(_revealed, key=len, reverse=True)
        # What is hidden already stays as it is, though a secret be the word for it.
        _pattern = re.compile("|".join(map(re.escape, [HIDDEN, *longest_first])))


def redact(text: str) -> str:
    """`text` without any secret that was ever revealed."""
    return text if _pattern is None else _pattern.sub(HIDDEN, text)
