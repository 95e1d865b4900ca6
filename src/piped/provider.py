"""What a provider is: the plugin that reads one section of the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.environment import RuntimeEnvironment
    from piped.options import Check
    from piped.problems import Problem

__all__ = ["Provider"]


class Provider:
    """Reads one section of the configuration, and offers resources or feeds batons to a processor.

    A provider is made only when the configuration has its section, and lives as long as the
    process. Its `settings` are a type; checking, conversion, `piped describe` and the JSON Schema
    come of it.
    """

    section: ClassVar[str]  # its key path, "contexts"
    settings: ClassVar[Any] = Any
    requires: ClassVar[tuple[str, ...]] = ()  # the modules that an extra brings …
    extra: ClassVar[str] = ""  # … and its name: piped[extra]

    @property
    def name(self) -> str:
        """What it is called in messages and drawings."""
        return self.section

    def offers(self, settings: Any) -> Iterable[str]:
        """The paths of all that will be offered. Pure: `piped check` asks, too."""
        del settings
        return ()

    def withheld(self, settings: Any) -> Mapping[str, Problem]:
        """Paths that one may expect, but that are not offered: what is wrong with asking for them.

        Pure, too.
        """
        del settings
        return {}

    def check(self, settings: Any, catalogue: Catalogue, check: Check) -> None:
        """Note in `check` what is wrong beyond what the types of the settings say. Pure, too."""

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        """Make what is needed, offer resources, add dependencies; begin nothing.

        What must run is a `twisted.application` service with `runtime_environment.application`
        as its parent.
        """
