"""What stands in the graph of dependencies: a component, a resource, or a state of one's own."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from piped.event import Event
from piped.exceptions import ResourceError, ResourceLost, UnprovidedResourceError
from piped.resource import name_of

if TYPE_CHECKING:
    from piped.interop import Outcome
    from piped.resource import ResourceManager

__all__ = [
    "Dependency",
    "InstanceDependency",
    "Manager",
    "ResourceDependency",
    "resource_when_ready",
]


class Manager(Protocol):
    """What a dependency asks of its `DependencyManager`."""

    @property
    def resource_manager(self) -> ResourceManager: ...

    def is_ready(self, dependency: Any) -> bool: ...
    def set_ready(self, dependency: Any) -> None: ...
    def set_lost(self, dependency: Any, reason: object) -> None: ...
    def set_present(self, dependency: Any) -> None: ...
    def set_absent(self, dependency: Any, reason: object) -> None: ...
    def add_dependency(self, consumer: Any, dependency: Any, *, gates: bool) -> Any: ...
    def remove_dependency(self, consumer: Any, dependency: Any) -> None: ...


class Dependency:
    """Something that is ready or lost, and on which others depend.

    Its state follows from its own dependencies as far as it cascades. With `cascade_ready=False`
    it becomes ready only by `fire_on_ready`, with `cascade_lost=False` it is lost only by
    `fire_on_lost`.
    """

    # Whether it goes when the last one goes that depends on it: nobody else knows of it.
    lives_with_consumers: ClassVar[bool] = False

    manager: Manager | None
    # What the manager calls it.
    node: int | None

    def __init__(
        self, manager: Manager | None = None, cascade_ready: bool = True, cascade_lost: bool = True
    ) -> None:
        self.manager = manager
        self.node = None
        self.cascade_ready = cascade_ready
        self.cascade_lost = cascade_lost

    # Events are made when someone looks at them: most are never looked at.

    @cached_property
    def on_ready(self) -> Event:
        """Called with this dependency, when it becomes ready."""
        return Event()

    @cached_property
    def on_lost(self) -> Event:
        """Called with this dependency and the reason, when it is lost."""
        return Event()

    @cached_property
    def on_dependency_ready(self) -> Event:
        """Called with one that this depends on, when that becomes ready."""
        return Event()

    @cached_property
    def on_dependency_lost(self) -> Event:
        """Called with one that this depends on and the reason, when that is lost."""
        return Event()

    @property
    def name(self) -> str:
        """What people call it."""
        return type(self).__name__

    @property
    def is_ready(self) -> bool:
        return self.node is not None and self._managed.is_ready(self)

    @property
    def is_present(self) -> bool:
        """Whether that is there for which it stands."""
        return True

    @property
    def is_offered(self) -> bool:
        """Whether anyone can say what state it is in."""
        return True

    def listeners(self, event: str) -> Event | None:
        """The event of that name, if anyone has looked at it."""
        return vars(self).get(event)

    def configure(self, runtime_environment: Any) -> None:
        """Called when it comes to a manager."""

    def resolve_initial_state(self) -> None:
        """Called once, when all that it depends on has a state."""

    def removed(self) -> None:
        """Called when its manager does not know it any more."""

    def get_resource(self) -> Any:
        """What it stands for: here, for itself."""
        return self

    def wait_for_resource(self, timeout: float | None = None) -> Outcome[Any]:
        """The outcome of its being ready: what it stands for. At once, if it is ready now.

        It fails with a `TimeoutError`, if that takes more than `timeout` seconds.
        """
        return resource_when_ready(self, timeout)

    def fire_on_ready(self) -> None:
        """Make it ready by hand, whatever it depends on."""
        self._managed.set_ready(self)

    def fire_on_lost(self, reason: object) -> None:
        """Lose it by hand, whatever it depends on."""
        self._managed.set_lost(self, reason)

    @property
    def _managed(self) -> Manager:
        if self.manager is None or self.node is None:
            raise ResourceError(
                f"{self.name!r} belongs to no dependency manager",
                hint="Give it to `add_dependency` of one.",
            )
        return self.manager

    def __repr__(self) -> str:
        state = "ready" if self.is_ready else "not ready"
        return f"<{type(self).__name__} {self.name!r}, {state}>"


class InstanceDependency(Dependency):
    """Stands for an object, which is there as long as this is. Equal objects are one."""

    def __init__(
        self,
        instance: Hashable,
        manager: Manager | None = None,
        cascade_ready: bool = True,
        cascade_lost: bool = True,
    ) -> None:
        super().__init__(manager, cascade_ready, cascade_lost)
        self.instance = instance

    @property
    def name(self) -> str:
        return name_of(self.instance)

    def get_resource(self) -> Any:
        return self.instance

    def __eq__(self, other: object) -> bool:
        if isinstance(other, InstanceDependency):
            return bool(self.instance == other.instance)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.instance)


class ResourceDependency(Dependency):
    """Stands for what is offered under the path `provider`.

    `configuration` is for the provider to read. A provider calls `on_resource_ready(resource)`
    when there is one for this dependency, and `on_resource_lost(reason)` when it is gone.
    """

    lives_with_consumers = True

    def __init__(
        self,
        provider: str,
        configuration: Mapping[str, Any] | None = None,
        manager: Manager | None = None,
        cascade_ready: bool = True,
        cascade_lost: bool = True,
    ) -> None:
        super().__init__(manager, cascade_ready, cascade_lost)
        self.provider = provider
        self.configuration = dict(configuration or {})
        self._resource: Any = None
        self._is_present = False
        self._reason: object = None

    @cached_property
    def on_resource_ready(self) -> Event:
        return Event().handle(self._resource_came)

    @cached_property
    def on_resource_lost(self) -> Event:
        return Event().handle(self._resource_went)

    @property
    def name(self) -> str:
        return self.provider

    @property
    def is_present(self) -> bool:
        return self._is_present

    @property
    def is_offered(self) -> bool:
        return self._managed.resource_manager.is_offered(self.provider)

    def resolve_initial_state(self) -> None:
        self._managed.resource_manager.resolve(self)

    def removed(self) -> None:
        self._forget(None)

    def get_resource(self) -> Any:
        """The resource, whenever there is one: though the dependency may be lost."""
        if self._is_present:
            return self._resource
        raise UnprovidedResourceError(
            f"the resource {self.provider!r} is not available now",
            detail=str(self._reason) if self._reason else None,
        )

    def _resource_came(self, resource: Any) -> None:
        if self._is_present:
            if resource is self._resource:
                return
            # Whoever holds the old one has to hear that it is not the one any more.
            self._resource_went(ResourceLost(f"{self.provider!r} was replaced"))
        self._resource, self._is_present, self._reason = resource, True, None
        if self.manager is not None and self.node is not None:
            self.manager.set_present(self)

    def _resource_went(self, reason: object = None) -> None:
        reason = ResourceLost(f"{self.provider!r} is gone") if reason is None else reason
        self._forget(reason)
        if self.manager is not None and self.node is not None:
            self.manager.set_absent(self, reason)

    def _forget(self, reason: object) -> None:
        self._resource, self._is_present, self._reason = None, False, reason


def resource_when_ready(dependency: Dependency, timeout: float | None) -> Outcome[Any]:
    """The outcome of `dependency` being ready: what it stands for."""
    from piped.interop import Outcome

    if dependency.is_ready:
        outcome: Outcome[Any] = Outcome()
        outcome.callback(dependency.get_resource())
        return outcome
    # One who heard of it before us may have changed it again.
    fired: Outcome[Any] = dependency.on_ready.wait_until_fired(
        timeout, when=lambda _: dependency.is_ready, what=repr(dependency.name)
    )
    fired.addCallback(lambda _: dependency.get_resource())
    return fired
