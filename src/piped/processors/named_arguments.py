"""Arguments by name, out of the baton."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piped.exceptions import UnfitBaton
from piped.paths import get_path

__all__ = ["arguments_at"]


def arguments_at(baton: Any, path: str | None) -> dict[str, Any]:
    """The arguments at `path`; none if nothing is there."""
    found = None if path is None else get_path(baton, path, None)
    if found is None:
        return {}
    if not isinstance(found, Mapping) or not all(isinstance(each, str) for each in found):
        raise UnfitBaton(f"there is {found!r} at {path!r}, and no mapping of arguments by name")
    return dict(found)
