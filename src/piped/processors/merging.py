"""Two dictionaries made one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Merging"]


@dataclass(frozen=True, slots=True)
class Merging:
    """What becomes of keys that both dictionaries have.

    inline: change the first dictionary; else what comes out is another one
    replace: the second dictionary's value counts
    replace_primitives: the same, but two dictionaries are merged
    merge_nested_dictionaries: merge two dictionaries; else both are put into a list
    """

    inline: bool = True
    replace: bool = False
    replace_primitives: bool = False
    merge_nested_dictionaries: bool = True

    def merged(self, first: dict[Any, Any], second: dict[Any, Any]) -> dict[Any, Any]:
        """`first` with what `second` has."""
        target = first if self.inline else dict(first)
        for key, value in second.items():
            target[key] = self._one_of(target[key], value) if key in target else value
        return target

    def _one_of(self, first: Any, second: Any) -> Any:
        both_nested = isinstance(first, dict) and isinstance(second, dict)
        if self.replace:
            return second
        if both_nested and self.merge_nested_dictionaries:
            # Nested dictionaries may be shared with others: they stay as they are.
            return self._nested().merged(first, second)
        if self.replace_primitives and not both_nested:
            return second
        return [*_listed(first), *_listed(second)]

    def _nested(self) -> Merging:
        return Merging(False, self.replace, self.replace_primitives, self.merge_nested_dictionaries)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
