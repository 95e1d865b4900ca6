"""Key paths: `a.b.c` into nested mappings and attributes."""

from __future__ import annotations

__all__ = ["BatonPath"]


class BatonPath(str):
    """The value of `!path`: where in the baton a value is found, once there is a baton."""

    __slots__ = ()
