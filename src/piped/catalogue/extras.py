"""Libraries that one plugin needs, and that come with an extra of the package."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from piped.problems import Kind, Place, Problem

__all__ = ["missing_extra"]


def missing_extra(what: str, factory: Any, place: Place | None) -> Problem | None:
    """What is wrong if a library in `factory.requires` is not installed."""
    missing = [name for name in getattr(factory, "requires", ()) if find_spec(name) is None]
    if not missing:
        return None
    extra = getattr(factory, "extra", "")
    return Problem(
        Kind.MISSING_EXTRA,
        place,
        f"{what} needs {' and '.join(missing)}, which is not installed",
        f"pip install 'piped[{extra}]'" if extra else "",
    )
