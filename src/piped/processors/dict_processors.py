"""Dictionaries: merged with others, and rid of what is not needed."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import KeyPath
from piped.paths import get_path, remove_path, set_path
from piped.processing.dynamic import resolved
from piped.processors.base import Processor
from piped.processors.merging import Merging

__all__ = ["CleanBaton", "MergeWithDict"]

_MISSING = object()


class MergeWithDict(Processor):
    """Put what a dictionary has into the baton. What both have is put into lists.

    Example::

        pipeline: [merge-with-dict: {dict: {n: 2, state: {ready: true}}}]
        given: {n: 1, state: {since: noon}}
        gives: {n: [1, 2], state: {since: noon, ready: true}}
    """

    name = "merge-with-dict"

    def __init__(
        self, *, dict_: dict[str, Any], merge_args: Merging | None = None, **node: Any
    ) -> None:
        """
        dict: what to put into the baton: for each baton a copy of it
        merge_args: what becomes of keys that both have; lists, if it is not given
        """
        super().__init__(**node)
        self.dict = dict_
        self.merge_args = merge_args or Merging()

    def process(self, baton: Any) -> Any:
        if not isinstance(baton, dict):
            raise UnfitBaton(f"only a dictionary can be merged with one, and this is {baton!r}")
        return self.merge_args.merged(baton, resolved(self.dict, baton))


class CleanBaton(Processor):
    """Take things out of the baton: those at some paths, and all but those at others.

    Example::

        pipeline: [clean-baton: {keep: [user], remove: [user.password]}]
        given: {user: {name: ada, password: enchantress}, connection: open}
        gives: {user: {name: ada}}
    """

    name = "clean-baton"

    def __init__(
        self,
        *,
        keep: list[KeyPath] | None = None,
        remove: list[KeyPath] | None = None,
        **node: Any,
    ) -> None:
        """
        keep: the paths of what stays; all that is not removed if it is not given
        remove: the paths of what goes
        """
        super().__init__(**node)
        if keep is None and remove is None:
            raise ConfigurationError("it needs 'keep', 'remove', or both")
        if isinstance(remove, list) and "" in remove:
            raise ConfigurationError("the baton itself cannot be removed")
        self.keep = keep
        self.remove = remove or []

    def process(self, baton: Any) -> Any:
        for path in self.remove:
            remove_path(baton, path)
        if self.keep is not None and "" not in self.keep:
            _keep(baton, self.keep)
        return baton


def _keep(baton: Any, paths: list[str]) -> None:
    if not isinstance(baton, MutableMapping):
        raise UnfitBaton(f"only of a dictionary can some be kept, and this is {baton!r}")
    found = {path: get_path(baton, path, _MISSING) for path in paths}
    baton.clear()
    # What is around something else comes first, so that it is not put in its place.
    for path in sorted(found, key=len):
        if found[path] is not _MISSING and get_path(baton, path, _MISSING) is _MISSING:
            set_path(baton, path, found[path])
