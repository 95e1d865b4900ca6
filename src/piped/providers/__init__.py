"""The providers that come with piped; what is not used is not imported."""

from __future__ import annotations

# The section of the configuration → "module:attribute".
MANIFEST: dict[str, str] = {}
