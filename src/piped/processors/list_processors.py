"""Flatten lists, and group what is in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from piped.exceptions import UnfitBaton
from piped.options import KeyPath
from piped.paths import get_path
from piped.processors.base import SAME, InputOutputProcessor, Processor

__all__ = ["FlattenListOfDictionaries", "FlattenNestedLists", "GroupByValue", "flattened"]

_MISSING = object()


class FlattenListOfDictionaries(InputOutputProcessor):
    """Make a list of dictionaries one of what each has at a path. What is empty is left out.

    Example::

        pipeline: [flatten-list-of-dictionaries: {input_path: people, key_path: name}]
        given: {people: [{name: grace}, {name: ada}, {name: null}]}
        gives: {people: [ada, grace]}
    """

    name = "flatten-list-of-dictionaries"

    def __init__(
        self, *, key_path: KeyPath, uniquify: bool = False, sort: bool = True, **paths: Any
    ) -> None:
        """
        key_path: where it is in each dictionary
        uniquify: take what is there several times only once
        sort: bring it into order
        """
        super().__init__(**paths)
        self.key_path = key_path
        self.uniquify = uniquify
        self.sort = sort

    def process_input(self, input: Any, baton: Any) -> list[Any]:
        del baton
        items = items_of(input)
        found = list(filter(None, (get_path(each, self.key_path, None) for each in items)))
        if self.uniquify:
            found = _unique(found)
        return _sorted(found) if self.sort else found


class FlattenNestedLists(Processor):
    """Take the lists out of lists, so that there is only one left. What is no list stays.

    Example::

        pipeline: [flatten-nested-lists: {paths: [names]}]
        given: {names: [ada, [grace, [joan]]]}
        gives: {names: [ada, grace, joan]}
    """

    name = "flatten-nested-lists"

    def __init__(self, *, paths: list[KeyPath], path_prefix: str = "", **node: Any) -> None:
        """
        paths: where the lists are
        path_prefix: what stands before each path
        """
        super().__init__(**node)
        self.paths = paths
        self.path_prefix = path_prefix

    def process(self, baton: Any) -> Any:
        for path in self.paths:
            whole = f"{self.path_prefix}{path}"
            found = get_path(baton, whole, None)
            if isinstance(found, list):
                baton = self.get_resulting_baton(baton, whole, flattened(found))
        return baton


class GroupByValue(Processor):
    """Make a dictionary of a list: what has the same value at a path is in one list there.

    Example::

        pipeline: [group-by-value: {input_path: users, key_path: role, fallback: guest}]
        given: {users: [{id: 1, role: admin}, {id: 2}, {id: 3, role: admin}]}
        gives: {users: {admin: [{id: 1, role: admin}, {id: 3, role: admin}], guest: [{id: 2}]}}
    """

    name = "group-by-value"

    def __init__(
        self,
        *,
        key_path: KeyPath,
        input_path: KeyPath,
        output_path: KeyPath | None = SAME,
        fallback: Any = None,
        **node: Any,
    ) -> None:
        """
        key_path: where the value is in each item
        input_path: where the list is; no list is as good as an empty one
        output_path: where the dictionary goes; '' replaces the baton, null discards it
        fallback: the value of an item that has none
        """
        super().__init__(**node)
        self.key_path = key_path
        self.input_path = input_path
        self.output_path = input_path if output_path is SAME else output_path
        self.fallback = fallback

    def process(self, baton: Any) -> Any:
        groups: dict[Any, list[Any]] = {}
        for item in items_of(get_path(baton, self.input_path, ())):
            value = get_path(item, self.key_path, self.fallback)
            try:
                groups.setdefault(value, []).append(item)
            except TypeError as error:
                raise UnfitBaton(f"{value!r} cannot be the key of a group: {error}") from error
        return self.get_resulting_baton(baton, self.output_path, groups)


def items_of(value: Any) -> Iterable[Any]:
    """The items of what is a list, or as good as one."""
    if isinstance(value, str | bytes | dict) or not isinstance(value, Iterable):
        raise UnfitBaton(f"a list is needed, and this is {value!r}")
    return value


def flattened(nested: list[Any]) -> list[Any]:
    """All that is in `nested` and in the lists within it, however deep, but no list."""
    flat: list[Any] = []
    # What is left of each list that is open, the innermost last.
    rests: dict[int, Iterator[Any]] = {id(nested): iter(nested)}
    while rests:
        each = next(rests[next(reversed(rests))], _MISSING)
        if each is _MISSING:
            rests.popitem()
        elif not isinstance(each, list):
            flat.append(each)
        elif id(each) in rests:
            raise UnfitBaton("a list that contains itself cannot be flattened")
        else:
            rests[id(each)] = iter(each)
    return flat


def _unique(values: list[Any]) -> list[Any]:
    try:
        return list(dict.fromkeys(values))
    except TypeError:  # dictionaries and lists can only be compared
        return [each for at, each in enumerate(values) if each not in values[:at]]


def _sorted(values: list[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError as error:
        raise UnfitBaton(
            f"the values cannot be sorted: {error}",
            hint="With `sort: false` they stay as they are.",
        ) from error
