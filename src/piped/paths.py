"""Key paths: `a.b.c` into nested mappings and attributes."""

from __future__ import annotations

__all__ = ["BatonPath"]


class BatonPath(str):
    """A key path into the baton, the value of `!path`."""

    __slots__ = ()
