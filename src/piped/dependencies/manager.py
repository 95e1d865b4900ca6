"""Who depends on whom, and telling them of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import count
from typing import Any, Final, Protocol

from piped.dependencies.availability import Availability, Change, Node
from piped.dependencies.cycles import closed_by, cycles
from piped.dependencies.dependency import Dependency, InstanceDependency, ResourceDependency
from piped.dependencies.map import DependencyMap
from piped.dependencies.notices import Notice, Notices
from piped.dependencies.resolution import Resolution
from piped.event import Failures
from piped.exceptions import (
    AlreadyExistingDependency,
    CircularDependencyGraph,
    ReplayedLost,
    ResourceError,
)
from piped.resource import ResourceManager, unprovided

__all__ = ["DependencyManager"]


class _Absent(Enum):
    """Stands for an argument that was not given: any value may be one."""

    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT


class _Environment(Protocol):
    @property
    def resource_manager(self) -> ResourceManager: ...


class DependencyManager:
    """Who depends on whom.

    A component is any object that can be hashed; a resource is named by `dict(provider=path, …)`,
    where the rest is configuration for its provider. Both become a `Dependency`, which is ready or
    lost as `piped.dependencies.availability` has it.

    Nothing has a state before `resolve_initial_states` was called. What is added after that gets
    its state as it is added.
    """

    def __init__(self) -> None:
        self._graph = Availability()
        self._dependencies: dict[Node, Dependency] = {}
        self._numbers = count()
        # Until they are removed, in the graph or not: someone may listen to them already.
        self._instances: dict[Any, InstanceDependency] = {}
        # Those that somebody added for themselves: they stay, though nobody depends on them.
        self._kept: set[Node] = set()
        self._failures = Failures("several failures while dependencies changed")
        self._notices = Notices(self._failures)
        self._resolution = Resolution(self._graph, self._dependencies, self._apply, self._failures)
        self._started = False
        self._holds = 0
        self._environment: _Environment | None = None

    def configure(self, runtime_environment: _Environment) -> None:
        self._environment = runtime_environment
        for dependency in self.dependencies:
            dependency.configure(runtime_environment)

    @property
    def resource_manager(self) -> ResourceManager:
        if self._environment is None:
            raise ResourceError("the dependency manager knows no resources: it is not configured")
        return self._environment.resource_manager

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        """All there are, in the order in which they came."""
        return tuple(self._dependencies.values())

    def as_dependency(self, component: Any) -> Dependency:
        """The dependency that stands for `component`: a new one, if it names a resource."""
        if isinstance(component, Dependency):
            return component
        if isinstance(component, dict):
            return _resource_dependency(component)
        if _is_resource_name(component):
            return ResourceDependency(component.path, component.configuration)
        dependency = self._instances.get(component)
        if dependency is None:
            dependency = self._instances[component] = InstanceDependency(component)
        return dependency

    def add_dependency(
        self, consumer: Any, dependency: Any = ABSENT, *, gates: bool = True
    ) -> Dependency:
        """Let `consumer` depend on `dependency`, and give what stands for the latter.

        With `gates=False`, the consumer hears of the dependency, but is ready without it: so may
        those be that use each other in a circle. With one argument, the consumer is known to the
        graph, and what stands for it is given.
        """
        above = self.as_dependency(consumer)
        if dependency is ABSENT:
            self._kept.add(self._bind(above))
            self._settle()
            return above
        below = self.as_dependency(dependency)
        self._refuse(above, below, gates=gates)
        self._connect(self._bind(above), self._bind(below), gates=gates)
        self._settle()
        return below

    def remove_dependency(self, consumer: Any, dependency: Any) -> None:
        """Let `consumer` depend on `dependency` no more. A resource that nobody needs goes."""
        above, below = self._find(consumer), self._find(dependency)
        if above is None or below is None or not self._graph.has_edge(above.node, below.node):
            raise ResourceError(f"{consumer!r} does not depend on {dependency!r}")
        self._apply(self._graph.remove_edge(above.node, below.node))
        self._forget([below] if self._is_orphan(below) else [])
        self._settle()

    def remove(self, component: Any) -> None:
        """Take `component` away, with all its edges, and with the resources it alone needed."""
        dependency = self._standing_for(component)
        if dependency is None or not (self._is_cached(dependency) or self._knows(dependency)):
            raise ResourceError(f"{component!r} is not known to the dependency manager")
        self._forget([dependency])
        self._settle()

    def has_resolved(self, component: Any) -> bool:
        """Whether it has a state."""
        dependency = self._find(component)
        return dependency is not None and self._graph.is_resolved(dependency.node)

    def has_all_dependencies_provided(self, component: Any) -> bool:
        """Whether all is ready that it depends on, and that gates it."""
        dependency = self._find(component)
        return dependency is None or not self._graph.lacks(dependency.node)

    def is_ready(self, component: Any) -> bool:
        dependency = self._find(component)
        return dependency is not None and self._graph.is_ready(dependency.node)

    def get_dependencies_of(self, component: Any) -> list[Dependency]:
        """What it depends on, directly."""
        dependency = self._find(component)
        return self._all(self._graph.dependencies_of(dependency.node)) if dependency else []

    def get_consumers_of(self, component: Any) -> list[Dependency]:
        """Who depends on it, directly."""
        dependency = self._find(component)
        return self._all(self._graph.consumers_of(dependency.node)) if dependency else []

    def create_dependency_map(self, consumer: Any, /, **dependencies: Any) -> DependencyMap:
        """Several named dependencies of `consumer`."""
        self._holds += 1
        try:
            created = DependencyMap(consumer, self)
            try:
                for key, dependency in dependencies.items():
                    created.add_dependency(key, dependency)
            except BaseException:
                self.remove(created)
                raise
        finally:
            self._holds -= 1
        self._settle()
        return created

    def resolve_initial_states(self) -> None:
        """Give everything its first state. What was refused before gets another chance."""
        if self._resolution.under_way:
            return
        self._refuse_cycles(cycles(self._graph))
        self._resolution.retry()
        self._resolution.run()
        self._check()
        self._started = True

    # What a dependency tells of itself.

    def set_ready(self, dependency: Dependency) -> None:
        self._apply(self._graph.set_ready(dependency.node))

    def set_lost(self, dependency: Dependency, reason: object) -> None:
        self._apply(self._graph.set_lost(dependency.node, reason))

    def set_present(self, dependency: Dependency) -> None:
        self._apply(self._graph.set_present(dependency.node))

    def set_absent(self, dependency: Dependency, reason: object) -> None:
        self._apply(self._graph.set_absent(dependency.node, reason))

    def _find(self, component: Any) -> Dependency | None:
        """What stands for `component` in the graph."""
        dependency = self._standing_for(component)
        return dependency if dependency is not None and self._knows(dependency) else None

    def _standing_for(self, component: Any) -> Dependency | None:
        """What `as_dependency` gave, if it did."""
        if isinstance(component, Dependency):
            return component
        is_resource = isinstance(component, dict) or _is_resource_name(component)
        return None if is_resource else self._instances.get(component)

    def _is_cached(self, dependency: Dependency) -> bool:
        if not isinstance(dependency, InstanceDependency):
            return False
        return self._instances.get(dependency.instance) is dependency

    def _knows(self, dependency: Dependency) -> bool:
        return dependency.manager is self and dependency.node is not None

    def _all(self, nodes: Iterable[Node]) -> list[Dependency]:
        return [self._dependencies[node] for node in nodes]

    def _bind(self, dependency: Dependency) -> Node:
        """What the graph calls `dependency`, which it knows from now on."""
        self._refuse_foreign(dependency)
        if dependency.node is None:
            self._introduce(dependency)
        return dependency.node

    def _introduce(self, dependency: Dependency) -> None:
        dependency.manager = self
        if self._environment is not None:
            dependency.configure(self._environment)
        if isinstance(dependency, InstanceDependency):
            self._instances.setdefault(dependency.instance, dependency)
        node = dependency.node = next(self._numbers)
        self._dependencies[node] = dependency
        self._graph.add(
            node,
            cascade_ready=dependency.cascade_ready,
            cascade_lost=dependency.cascade_lost,
            present=dependency.is_present,
        )
        self._resolution.add(node)

    def _connect(self, consumer: Node, dependency: Node, *, gates: bool) -> None:
        if not self._graph.is_resolved(dependency):
            self._apply(self._graph.add_edge(consumer, dependency, gates=gates))
            return
        below = self._dependencies[dependency]
        reason = ReplayedLost(f"{below.name!r} was lost before")
        changes = self._graph.add_edge(consumer, dependency, gates=gates, reason=reason)
        replayed = Change(dependency, self._graph.is_ready(dependency), reason)
        self._notices.add(self._news_for(below, replayed, (consumer,)))
        self._apply(changes)

    def _refuse(self, above: Dependency, below: Dependency, *, gates: bool) -> None:
        """Raise what is wrong with a new edge, before anything is changed."""
        for each in (above, below):
            self._refuse_foreign(each)
        if above.node is not None and self._graph.has_edge(above.node, below.node):
            raise AlreadyExistingDependency(f"{above.name!r} depends on {below.name!r} already")
        if not self._started and not self._resolution.under_way:
            return
        if gates and above.node is not None and below.node is not None:
            cycle = closed_by(self._graph, above.node, below.node)
            self._refuse_cycles([cycle] if cycle else [])
        if self._started and isinstance(below, ResourceDependency) and below.node is None:
            resources = self.resource_manager
            if not resources.is_offered(below.provider):
                offered = resources.get_registered_resources()
                raise unprovided({below.provider: [above.name]}, offered)

    def _refuse_foreign(self, dependency: Dependency) -> None:
        if dependency.manager is not None and dependency.manager is not self:
            raise ResourceError(f"{dependency.name!r} belongs to another dependency manager")

    def _refuse_cycles(self, found: Iterable[list[Node]]) -> None:
        paths = [" → ".join(each.name for each in self._all(cycle)) for cycle in found]
        if paths:
            raise CircularDependencyGraph(
                f"these depend on each other in a circle: {'; '.join(paths)}",
                hint="What need not be ready first is added with `gates=False`.",
            )

    def _is_orphan(self, dependency: Dependency) -> bool:
        return (
            self._knows(dependency)
            and dependency.lives_with_consumers
            and dependency.node not in self._kept
            and not self._graph.consumers_of(dependency.node)
        )

    def _forget(self, going: list[Dependency]) -> None:
        """Take away those who go, and those of their dependencies that nobody else needs."""
        for dependency in going:
            if isinstance(dependency, InstanceDependency) and self._is_cached(dependency):
                del self._instances[dependency.instance]
            if self._knows(dependency):
                below = self.get_dependencies_of(dependency)
                self._apply(self._detach(dependency))
                going += [each for each in below if self._is_orphan(each)]

    def _detach(self, dependency: Dependency) -> list[Change]:
        """Take one out of the graph."""
        node = dependency.node
        changes = self._graph.remove(node)
        del self._dependencies[node]
        self._kept.discard(node)
        self._resolution.discard(node)
        if isinstance(dependency, ResourceDependency) and self._environment is not None:
            self._failures.attempt(self._environment.resource_manager.release, dependency)
        dependency.node = dependency.manager = None
        dependency.removed()
        return changes

    def _apply(self, changes: list[Change]) -> None:
        """Tell of what has changed in the graph."""
        for change in changes:
            dependency = self._dependencies[change.node]
            # Who comes to depend on it from now on is told of its state then.
            consumers = tuple(self._graph.consumers_of(change.node))
            self._notices.add(self._news(dependency, change, consumers))
        self._notices.tell()
        self._check()

    def _news(
        self, dependency: Dependency, change: Change, consumers: tuple[Node, ...]
    ) -> Iterator[Notice]:
        event = dependency.listeners("on_ready" if change.ready else "on_lost")
        if event is not None and dependency.node == change.node:
            yield event, (dependency,) if change.ready else (dependency, change.reason)
        yield from self._news_for(dependency, change, consumers)

    def _news_for(
        self, dependency: Dependency, change: Change, consumers: tuple[Node, ...]
    ) -> Iterator[Notice]:
        args = (dependency,) if change.ready else (dependency, change.reason)
        name = "on_dependency_ready" if change.ready else "on_dependency_lost"
        for consumer in consumers:
            # It may have let go of it, when it heard of something else.
            if self._graph.has_edge(consumer, change.node):
                event = self._dependencies[consumer].listeners(name)
                if event is not None:
                    yield event, args

    def _settle(self) -> None:
        """Once started, give what is new its state."""
        if self._started and not self._holds:
            self._resolution.run()
        self._check()

    def _check(self) -> None:
        """Raise what failed, when all else is done."""
        if not (self._notices.under_way or self._resolution.under_way):
            self._failures.check()


def _resource_dependency(spec: dict[str, Any]) -> ResourceDependency:
    configuration = dict(spec)
    path = configuration.pop("provider", None)
    if not isinstance(path, str):
        raise ResourceError(
            f"a dependency on a resource needs the path of it, as `provider`: {spec!r}"
        )
    return ResourceDependency(path, configuration)


def _is_resource_name(component: Any) -> bool:
    """Whether it is a `piped.options.ResourceName`, which is known by its name alone."""
    named = any(each.__name__ == "ResourceName" for each in type(component).__mro__)
    return named and hasattr(component, "path") and hasattr(component, "configuration")
