"""The processors that come with piped; what is not used is not imported."""

from __future__ import annotations

# The name in the configuration → "module:attribute".
MANIFEST: dict[str, str] = {}
