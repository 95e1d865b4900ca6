"""piped: an application server for Python."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from piped.processors.base import InputOutputProcessor, MappingProcessor, Processor
    from piped.processors.function import processor
    from piped.provider import Provider

__all__ = ["InputOutputProcessor", "MappingProcessor", "Processor", "Provider", "processor"]

__version__ = "1.0.0.dev0"

# What plugins are made of. Imported when first asked for: not all that imports piped is a plugin.
_WHERE = {
    "InputOutputProcessor": "piped.processors.base",
    "MappingProcessor": "piped.processors.base",
    "Processor": "piped.processors.base",
    "Provider": "piped.provider",
    "processor": "piped.processors.function",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
