"""What there is to see of the flows of a process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["seen_flows"]


def seen_flows(services: Iterable[Any]) -> list[dict[str, Any]]:
    """What those services tell that are flows: they can be `seen`."""
    return [each.seen() for each in services if hasattr(each, "seen")]
