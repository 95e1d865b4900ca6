"""Plugins that are known by name before anything is imported."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from piped.catalogue.plugin import BUILT_IN, KINDS, Plugin, PluginKind

__all__ = ["built_in", "entry_points"]

_MANIFESTS: dict[PluginKind, tuple[str, str]] = {
    "processor": ("piped.processors", "MANIFEST"),
    "provider": ("piped.providers", "MANIFEST"),
    "fount": ("piped.flow_parts", "FOUNTS"),
    "tube": ("piped.flow_parts", "TUBES"),
    "drain": ("piped.flow_parts", "DRAINS"),
}


def built_in() -> Iterator[Plugin]:
    """Our own plugins, as the manifests have them."""
    for kind, (module, manifest) in _MANIFESTS.items():
        for name, target in getattr(import_module(module), manifest).items():
            yield Plugin(kind, name, BUILT_IN, target)


def entry_points() -> Iterator[Plugin]:
    """What installed distributions name in their metadata."""
    from importlib.metadata import entry_points

    points = entry_points()  # once: each call reads the metadata of all distributions
    for kind in KINDS:
        for point in points.select(group=f"piped.{kind}s"):
            origin = f"entry point of {point.dist.name}" if point.dist else "entry point"
            target = point.value.partition("[")[0].strip()
            yield Plugin(kind, point.name, origin, target, always=kind == "service")
