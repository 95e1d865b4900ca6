"""Gather plugins from all sources. Nothing hides what was there before it.

1. A plugin is one object under one name of one kind. The same object may be met again; another
   one under that name is a clash, and the first stays.
2. What `plugins.disabled` fits is not imported, and what was imported all the same is left out.
3. In a bundle only what a module defines counts; a module in a `piped/plugins` folder also
   contributes what it imports, for that is what such modules are for.
4. A module that fails is a problem, and the others are still looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from piped.catalogue.clashes import are_same, clash, hidden
from piped.catalogue.failures import broken, is_missing, missing_package
from piped.catalogue.folders import foreign_modules
from piped.catalogue.marks import marks
from piped.catalogue.modules import Failed, Imported, modules
from piped.catalogue.plugin import KINDS, Plugin, PluginKind
from piped.catalogue.settings import Bundle, PluginSettings
from piped.conf.report import relative
from piped.problems import Place, Problem

__all__ = ["Gathering"]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where modules come from that are imported to see what is in them."""

    name: str
    place: Place
    with_imports: bool = False


class Gathering:
    """What has been found, and what was wrong on the way."""

    def __init__(self, settings: PluginSettings) -> None:
        self.found: dict[PluginKind, dict[str, Plugin]] = {kind: {} for kind in KINDS}
        self.left_out: set[tuple[PluginKind, str]] = set()
        self.problems: list[Problem] = [*settings.problems]
        self._settings = settings
        self._scanned: set[str] = set()

    def add(self, plugin: Plugin, place: Place | None = None) -> None:
        wanted = self._settings.wants_name(plugin.name)
        if not wanted or not self._settings.wants_module(plugin.module):
            self.left_out.add((plugin.kind, plugin.name))
            return
        first = self.found[plugin.kind].setdefault(plugin.name, plugin)
        if first is not plugin and not are_same(first, plugin):
            self.problems.append(clash(first, plugin, place))

    def add_folders(self) -> None:
        """Look into `piped/plugins` folders."""
        for module in foreign_modules():
            place = Place(module.folder)
            if module.hidden_by is None:
                failures = self._scan(module.name, _Source("plugins folder", place, True))
                self.problems += [broken(each.error, each.name, place) for each in failures]
            elif self._settings.wants_module(module.name):
                self.problems.append(hidden(module.name, module.hidden_by, place))

    def add_bundle(self, bundle: Bundle) -> None:
        """Look into what the configuration names."""
        source = _Source(f"bundle {bundle.name}", bundle.origin.place)
        failures = self._scan(bundle.package, source)
        self.problems += [_failure(each, bundle) for each in failures]

    def _scan(self, name: str, source: _Source) -> list[Failed]:
        """Take all from a module and those within; those that fail are returned."""
        failures = []
        for module in modules(name, self._is_due):
            self._scanned.add(module.name)
            if isinstance(module, Failed):
                failures.append(module)
            else:
                self._take(module, source)
        return failures

    def _is_due(self, module: str) -> bool:
        return module not in self._scanned and self._settings.wants_module(module)

    def _take(self, module: Imported, source: _Source) -> None:
        origin = f"{source.name} ({module.file})"
        for attribute, value in module.contents.items():
            for mark in marks(value):
                home = getattr(value, "__module__", module.name)
                if source.with_imports or home == module.name:
                    target = f"{home}:{getattr(value, '__qualname__', attribute)}"
                    plugin = Plugin(mark.kind, mark.name, origin, target, mark.always, value)
                    self.add(plugin, source.place)


def _failure(failed: Failed, bundle: Bundle) -> Problem:
    error, origin = failed.error, bundle.origin
    if is_missing(error, bundle.package):
        started_with = origin.through[0].file if origin.through else origin.place.file
        return missing_package(error, bundle.package, origin.place, relative(started_with))
    return broken(error, failed.name, origin.place)
