"""The catalogue: plugins by kind and name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from piped.catalogue.failures import configuration_error
from piped.catalogue.folders import add_to_sys_path
from piped.catalogue.gathering import Gathering
from piped.catalogue.plugin import Plugin, PluginKind
from piped.catalogue.settings import Configured, PluginSettings, read_settings
from piped.catalogue.sources import built_in, entry_points
from piped.problems import Kind, Place, Problem, Severity, did_you_mean

__all__ = ["Catalogue"]

_UNKNOWN = {
    "processor": (Kind.UNKNOWN_PLUGIN, "processor {!r} is unknown"),
    "provider": (Kind.UNKNOWN_SECTION, "section {!r} is read by no provider"),
    "service": (Kind.UNKNOWN_PLUGIN, "service {!r} is unknown"),
    "fount": (Kind.UNKNOWN_PLUGIN, "fount {!r} is unknown"),
    "tube": (Kind.UNKNOWN_PLUGIN, "tube {!r} is unknown"),
    "drain": (Kind.UNKNOWN_PLUGIN, "drain {!r} is unknown"),
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What plugins there are, and what is wrong with some. Make one by `load` or `builtin`."""

    processors: Mapping[str, Plugin]
    providers: Mapping[str, Plugin]
    services: Mapping[str, Plugin]
    # Of flows.
    founts: Mapping[str, Plugin] = field(default_factory=dict)
    tubes: Mapping[str, Plugin] = field(default_factory=dict)
    drains: Mapping[str, Plugin] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    # What `plugins.disabled` has taken away.
    left_out: frozenset[tuple[PluginKind, str]] = frozenset()

    @classmethod
    def builtin(cls) -> Catalogue:
        """What is there without a configuration: our own plugins, and entry points."""
        return cls._of(_gathering(PluginSettings()))

    @classmethod
    def load(cls, configuration: Configured) -> Catalogue:
        """All plugins, those in plugin folders and in the bundles of `configuration` included."""
        settings = read_settings(configuration)
        add_to_sys_path(settings.folders)
        gathering = _gathering(settings)
        gathering.add_folders()
        for bundle in settings.bundles:
            gathering.add_bundle(bundle)
        return cls._of(gathering)

    @classmethod
    def _of(cls, gathering: Gathering) -> Catalogue:
        found = {kind: MappingProxyType(plugins) for kind, plugins in gathering.found.items()}
        return cls(
            found["processor"],
            found["provider"],
            found["service"],
            found["fount"],
            found["tube"],
            found["drain"],
            tuple(gathering.problems),
            frozenset(gathering.left_out),
        )

    def of(self, kind: PluginKind) -> Mapping[str, Plugin]:
        """The plugins of one kind, by name."""
        kinds = {
            "processor": self.processors,
            "provider": self.providers,
            "service": self.services,
            "fount": self.founts,
            "tube": self.tubes,
            "drain": self.drains,
        }
        return kinds[kind]

    def find(self, kind: PluginKind, name: str) -> Plugin | None:
        return self.of(kind).get(name)

    def unknown(self, kind: PluginKind, name: str, place: Place | None) -> Problem:
        """The problem that there is no such plugin, with what was probably meant."""
        problem, message = _UNKNOWN[kind]
        message = message.format(name) + did_you_mean(name, self.of(kind))
        return Problem(problem, place, message, self._way_to(kind, name))

    def raise_problems(self) -> None:
        """Raise ConfigurationError with all problems, if one of them is an error."""
        errors = [each for each in self.problems if each.severity is Severity.ERROR]
        if errors:
            raise configuration_error(errors)

    def _way_to(self, kind: PluginKind, name: str) -> str:
        if (kind, name) in self.left_out:
            return "It is left out by plugins.disabled."
        if any(each.kind in _HIDING for each in self.problems):
            return "It may be in a bundle that could not be imported."
        return "`piped list` shows all there are."


# Behind these problems there may be plugins that nobody has seen.
_HIDING = {Kind.BROKEN_PLUGIN, Kind.MISSING_PACKAGE}


def _gathering(settings: PluginSettings) -> Gathering:
    gathering = Gathering(settings)
    for plugin in (*built_in(), *entry_points()):
        gathering.add(plugin)
    return gathering
