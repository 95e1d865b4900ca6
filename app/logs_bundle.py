"""What a line of our log is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import piped
from piped import flows

FIELDS = 4  # time, level, logger, message


@flows.tube
def parsed(line: str) -> list[str]:
    """The fields of a line like `2026-11-21T10:00:00Z INFO shop.orders order 17 came`."""
    fields = line.split(" ", 3)
    if len(fields) != FIELDS:
        raise ValueError(f"this is no entry of a log: {line[:40]!r}")
    return fields


@piped.processor("entry")
def entry(baton: dict[str, Any], *, level: str = "INFO", message: str) -> dict[str, Any]:
    """Write an entry.

    level: how much it matters
    message: what to say; {} is the number of the order
    """
    time = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    said = message.format(baton["order"]["number"] if "order" in baton else "")
    return {**baton, "entry": [time, level, "shop.orders", said]}
