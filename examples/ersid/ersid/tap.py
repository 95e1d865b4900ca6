"""What `twistd ersid` looks for."""

from __future__ import annotations

from ersid.options import ErsidOptions as Options
from ersid.service import make as makeService  # noqa: N812 - Twisted's name

__all__ = ["Options", "makeService"]
