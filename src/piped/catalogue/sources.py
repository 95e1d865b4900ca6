"""Plugins that are known by name before anything is imported."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from piped.catalogue.plugin import BUILT_IN, KINDS, Plugin, PluginKind

__all__ = ["built_in", "entry_points"]

_MANIFESTS: tuple[PluginKind, ...] = ("processor", "provider")


def built_in() -> Iterator[Plugin]:
    """Our own plugins, as the manifests have them."""
    for kind in _MANIFESTS:
        for name, target in import_module(f"piped.{kind}s").MANIFEST.items():
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
