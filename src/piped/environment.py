"""The runtime environment: what every component is configured with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from piped.catalogue import Catalogue
from piped.clock import Clock, LoopClock
from piped.conf import Configuration
from piped.dependencies import DependencyManager, DependencyMap
from piped.event import Event
from piped.resource import Offer, ResourceManager

if TYPE_CHECKING:
    from piped.application import Application

__all__ = ["RuntimeEnvironment"]


class RuntimeEnvironment:
    """What every component is configured with, and by which it finds the others."""

    def __init__(
        self,
        configuration: Configuration | None = None,
        *,
        catalogue: Catalogue | None = None,
        settings: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
        stop: Callable[[int], None] | None = None,
        transient: bool = False,
        feeding: bool = True,
    ) -> None:
        self.configuration_manager = configuration or Configuration.empty()
        self.catalogue = catalogue or Catalogue.builtin()
        self.clock = clock or LoopClock()
        self.resource_manager = ResourceManager()
        self.dependency_manager = DependencyManager()
        # When everything runs; and when the process is about to stop, while everything still runs.
        # Both are waited for.
        self.on_started = Event(asynchronous=True)
        self.on_stopping = Event(asynchronous=True)
        # Whether it is there for a few batons only: nothing is kept of it unless somebody says so.
        self.transient = transient
        # Whether batons come from outside, and not from somebody who runs single ones.
        self.feeding = feeding
        self.began = self.clock.monotonic()
        # What the process is going to exit with, when it stops and all else is well.
        self.exit_code = 0
        self._settings = dict(settings or {})
        self._stop = stop

    def configure(self) -> None:
        """Make the managers known to each other."""
        self.resource_manager.configure(self)
        self.dependency_manager.configure(self)

    @cached_property
    def application(self) -> Application:
        """The parent of all services. They start when everything is configured."""
        from piped.application import Application

        return Application()

    def settings(self, section: str, fallback: Any = None) -> Any:
        """The checked and converted values of a provider's section."""
        return self._settings.get(section, fallback)

    def get_configuration_value(self, path: str, fallback: Any = None) -> Any:
        """The plain value at a key path of the configuration, for the asker to keep."""
        return self.configuration_manager.get(path, fallback)

    def offer(self, path: str, **resource: Any) -> Offer:
        """Offer a resource: now, with `resource=…`, or later by the offer's `ready`."""
        return self.resource_manager.offer(path, **resource)

    def create_dependency_map(self, consumer: object, /, **dependencies: Any) -> DependencyMap:
        """Several named dependencies of `consumer`."""
        return self.dependency_manager.create_dependency_map(consumer, **dependencies)

    def stop(self, exit_code: int = 0) -> None:
        """Ask the process to stop in order. Returns at once."""
        if self._stop is not None:
            self._stop(exit_code)
