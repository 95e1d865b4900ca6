"""What is installed, in which version."""

from __future__ import annotations

import platform
from importlib.metadata import version

import piped
from piped.catalogue import Catalogue
from piped.conf import Configuration

__all__ = ["versions"]


def versions() -> str:
    """One line each: piped, what it stands on, and whatever plugins came with a distribution."""
    catalogue = Catalogue.load(Configuration.empty())
    plugins = {
        plugin.distribution
        for kind in (catalogue.processors, catalogue.providers, catalogue.services)
        for plugin in kind.values()
        if plugin.distribution
    }
    lines = [f"piped {piped.__version__}", f"Twisted {version('Twisted')}"]
    lines += [f"{name} {version(name)}" for name in sorted(plugins)]
    return "\n".join([*lines, f"Python {platform.python_version()}"])
