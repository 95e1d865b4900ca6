"""What is installed, in which version."""

from __future__ import annotations

import platform
from importlib.metadata import version

import piped
from piped.catalogue import Catalogue

__all__ = ["versions"]

_ENTRY_POINT = "entry point of "


def versions() -> str:
    """One line each: piped, what it stands on, and whatever plugins came with a distribution."""
    catalogue = Catalogue.builtin()
    plugins = {
        plugin.origin.removeprefix(_ENTRY_POINT)
        for kind in (catalogue.processors, catalogue.providers, catalogue.services)
        for plugin in kind.values()
        if plugin.origin.startswith(_ENTRY_POINT)
    }
    lines = [f"piped {piped.__version__}", f"Twisted {version('Twisted')}"]
    lines += [f"{name} {version(name)}" for name in sorted(plugins)]
    return "\n".join([*lines, f"Python {platform.python_version()}"])
