"""Two things under one name."""

from __future__ import annotations

from inspect import getsourcefile, getsourcelines

from piped.catalogue.plugin import Plugin
from piped.exceptions import ConfigurationError
from piped.problems import Kind, Place, Problem

__all__ = ["are_same", "clash", "hidden"]


def are_same(one: Plugin, other: Plugin) -> bool:
    """Whether the two are one object, which was found twice."""
    try:
        return one.load() is other.load()
    except ConfigurationError:
        return one.target == other.target


def clash(first: Plugin, second: Plugin, place: Place | None) -> Problem:
    """The problem that both have one name; it says where each stands."""
    message = (
        f"{first.kind} {first.name!r} is there twice: {_location(first)}, and {_location(second)}"
    )
    hint = "Rename one."
    if first.module != second.module:
        hint = f"Rename one, or leave one out: plugins.disabled: [{second.module}]."
    return Problem(Kind.PLUGIN_CLASH, place, message, hint)


def hidden(module: str, by: str, place: Place) -> Problem:
    """The problem that a plugin folder has a module whose name is taken."""
    message = f"{module} is there twice: in {by}, and in {place.file}"
    return Problem(Kind.PLUGIN_CLASH, place, message, "Rename one.")


def _location(plugin: Plugin) -> str:
    return f"{plugin.target.replace(':', '.')} ({_line(plugin) or plugin.origin})"


def _line(plugin: Plugin) -> str | None:
    try:
        value = plugin.load()
        return f"{getsourcefile(value)}:{getsourcelines(value)[1]}"
    except (ConfigurationError, OSError, TypeError):  # not to be had, or written in C
        return None
