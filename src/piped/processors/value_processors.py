"""Put values into batons, and move them within."""

from __future__ import annotations

from copy import copy, deepcopy
from types import NoneType
from typing import Any

from piped.exceptions import UnfitBaton
from piped.options import KeyPath
from piped.paths import BatonPath, get_path, setter
from piped.processing.dynamic import resolved
from piped.processors.base import MappingProcessor, Processor
from piped.processors.fixed import fixed

__all__ = ["IncrementCounter", "Remap", "SetValue", "SetValues"]

_MISSING = object()
# Of these there need not be a copy for each baton.
_UNCHANGING = {NoneType, bool, bytes, float, int, str}


class SetValue(Processor):
    """Put a value into the baton: for each baton a copy of it.

    Example::

        pipeline: [set-value: {path: state.retries, value: 0}]
        given: {who: ada}
        gives: {who: ada, state: {retries: 0}}
    """

    name = "set-value"
    resolves = ("value",)

    def __init__(self, *, path: KeyPath, value: Any, **node: Any) -> None:
        """
        path: where to put it; '' replaces the baton
        value: what to put there
        """
        super().__init__(**node)
        self.path = path
        self.value = value
        # What can be decided now is not to be asked for each baton.
        self._put = setter(path) if path and not isinstance(path, BatonPath) else None
        self._is_fixed = type(value) in _UNCHANGING

    def process(self, baton: Any) -> Any:
        value = self.value if self._is_fixed else resolved(self.value, baton)
        if self._put is None:
            return self.get_resulting_baton(baton, self.path, value)
        self._put(baton, value)
        return baton


class SetValues(Processor):
    """Put several values into the baton: for each baton copies of them.

    Example::

        pipeline: [set-values: {path_prefix: user., mapping: {name: ada, mail: !path from}}]
        given: {from: ada@example.org}
        gives: {from: ada@example.org, user: {name: ada, mail: ada@example.org}}
    """

    name = "set-values"
    resolves = ("mapping",)

    def __init__(self, *, mapping: dict[str, Any], path_prefix: str = "", **node: Any) -> None:
        """
        mapping: values by path
        path_prefix: what stands before each path
        """
        super().__init__(**node)
        self.mapping = fixed("mapping", mapping)
        self.path_prefix = path_prefix

    def process(self, baton: Any) -> Any:
        for path, value in self.mapping.items():
            its_own = resolved(value, baton)
            baton = self.get_resulting_baton(baton, f"{self.path_prefix}{path}", its_own)
        return baton


class Remap(MappingProcessor):
    """Put what is at some paths of the baton at others, too.

    Example::

        pipeline: [remap: {mapping: [{from: mail.sender}, {subject: mail.subject}]}]
        given: {from: ada, subject: engines}
        gives: {from: ada, subject: engines, mail: {sender: ada, subject: engines}}
    """

    name = "remap"

    def __init__(
        self, *, extend: bool = False, copy: bool = False, deep_copy: bool = False, **mapping: Any
    ) -> None:
        """
        extend: append to the list at the output path
        copy: put a shallow copy there
        deep_copy: put a copy there that shares nothing with the original
        """
        super().__init__(**mapping)
        self.extend = extend
        self.copy = copy
        self.deep_copy = deep_copy

    def process_mapping(
        self, input: Any, input_path: str, output_path: str | None, baton: Any
    ) -> Any:
        del input_path
        value = deepcopy(input) if self.deep_copy else copy(input) if self.copy else input
        if not self.extend or output_path is None:
            return value
        return [
            *self._list_at(output_path, baton),
            *(value if isinstance(value, list) else [value]),
        ]

    def _list_at(self, path: str, baton: Any) -> list[Any]:
        found = get_path(baton, path, None)
        if found is None or isinstance(found, list):
            return found or []
        raise UnfitBaton(f"there is {found!r} at {path!r}, where a list is to be extended")


class IncrementCounter(Processor):
    """Add to a number in the baton.

    Example::

        pipeline: [increment-counter: {counter_path: tries, increment: 2}]
        given: {tries: 1}
        gives: {tries: 3}
    """

    name = "increment-counter"

    def __init__(self, *, counter_path: KeyPath, increment: float = 1, **node: Any) -> None:
        """
        counter_path: where the number is
        increment: what to add
        """
        super().__init__(**node)
        self.counter_path = counter_path
        self.increment = increment

    def process(self, baton: Any) -> Any:
        found = get_path(baton, self.counter_path, _MISSING)
        if not isinstance(found, int | float):
            what = "nothing" if found is _MISSING else repr(found)
            raise UnfitBaton(f"there is {what} at {self.counter_path!r}, where a number is counted")
        return self.get_resulting_baton(baton, self.counter_path, found + self.increment)
