"""The words that have a meaning of their own among pipelines and steps."""

from __future__ import annotations

from difflib import get_close_matches

from piped.processing.capacity import LimitOptions
from piped.processing.definitions import Does

__all__ = ["FOLLOWERS", "LIMIT_KEYS", "PIPELINE_KEYS", "RESERVED", "STEP_KEYS", "misspelt"]

# The lists of steps, and what they are called in `Followers`.
FOLLOWERS = {
    "consumers": "consumers",
    "chained_consumers": "chained",
    "error_consumers": "errors",
    "chained_error_consumers": "chained_errors",
}
PIPELINE_KEYS = frozenset({*FOLLOWERS, "inherits", "overrides"})
# The limits of a pipeline. They mean that beside one of the others only: a pipeline may well be
# called "queue".
LIMIT_KEYS = frozenset(LimitOptions.__dataclass_fields__)
STEP_KEYS = frozenset({*FOLLOWERS, "id", *(each.value for each in Does)})
RESERVED = PIPELINE_KEYS | STEP_KEYS

# Short words like "id" are near to too many others.
_WORDS = sorted(word for word in RESERVED if len(word) > 3)


def misspelt(key: str) -> str | None:
    """The reserved word that `key` must have been meant to be, or None.

    Only words of two parts: a pipeline or an option may well be called "consumer".
    """
    folded = key.replace("-", "_").casefold()
    if key in RESERVED or "_" not in folded:
        return None
    words = {word.replace("-", "_"): word for word in _WORDS}
    close = get_close_matches(folded, words, n=1, cutoff=0.85)
    return words[close[0]] if close else None
