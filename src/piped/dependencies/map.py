"""Several named dependencies of one component, as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from piped.dependencies.dependency import Dependency, Manager, resource_when_ready
from piped.exceptions import KeyAlreadyExists, ResourceError, UnsatisfiedDependencyError
from piped.problems import did_you_mean
from piped.resource import name_of

if TYPE_CHECKING:
    from piped.interop import Outcome

__all__ = ["DependencyMap", "NoSuchDependency"]


class NoSuchDependency(ResourceError, KeyError, AttributeError):
    """The map has no dependency of that name."""


class DependencyMap(Dependency):
    """The dependencies of `consumer` by name: `map.name` and `map["name"]` give the resource.

    It stands between the consumer and what that depends on, and is ready when all of it is.
    `in` asks for all names, `len`, iteration, `keys`, `values` and `items` know the available ones.
    """

    lives_with_consumers = True

    def __init__(self, consumer: Any, manager: Manager) -> None:
        super().__init__()
        self._entries: dict[str, Dependency] = {}
        self._consumer = name_of(consumer)
        manager.add_dependency(consumer, self, gates=True)

    @property
    def name(self) -> str:
        return f"dependencies of {self._consumer}"

    def get_resource(self) -> DependencyMap:
        return self

    def add_dependency(self, key: str, dependency: Any, *, gates: bool = True) -> Dependency:
        """Depend on `dependency`, in any of the forms that a manager takes, and call it `key`."""
        if key in self._entries:
            raise KeyAlreadyExists(f"{self.name} have {key!r} already: {self._entries[key]!r}")
        added = cast(Dependency, self._managed.add_dependency(self, dependency, gates=gates))
        self._entries[key] = added
        return added

    def remove_dependency(self, key: str) -> Dependency:
        """Depend on it no more, available or not."""
        dependency = self.get_dependency(key)
        self._managed.remove_dependency(self, dependency)
        del self._entries[key]
        return dependency

    def get_dependency(self, key: str) -> Dependency:
        """The dependency itself, not its resource."""
        if key not in self._entries:
            meant = did_you_mean(key, self._entries)
            raise NoSuchDependency(f"{self.name} have no {key!r}{meant}")
        return self._entries[key]

    def is_available(self, key: str) -> bool:
        return self.get_dependency(key).is_ready

    def wait_for_resource(  # type: ignore[override]  # a map has many, and is asked for one
        self, key: str, timeout: float | None = None
    ) -> Outcome[Any]:
        """The outcome of `key` being available: its resource. At once, if it is.

        It fails with a `TimeoutError`, if that takes more than `timeout` seconds.
        """
        return resource_when_ready(self.get_dependency(key), timeout)

    def __getitem__(self, key: str) -> Any:
        dependency = self.get_dependency(key)
        if not dependency.is_ready:
            raise UnsatisfiedDependencyError(f"{key!r} of {self.name} is not available: {self!r}")
        return dependency.get_resource()

    def __setitem__(self, key: str, dependency: Any) -> None:
        self.add_dependency(key, dependency)

    def __delitem__(self, key: str) -> None:
        self.remove_dependency(key)

    def __getattr__(self, key: str) -> Any:
        # `copy` and `pickle` look for their own names on objects that nobody has initialised.
        if key.startswith("__") or "_entries" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} has no attribute {key!r}")
        return self[key]

    def __delattr__(self, key: str) -> None:
        if key in self._entries:
            self.remove_dependency(key)
        else:
            super().__delattr__(key)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __bool__(self) -> bool:
        """A map is a map, though nothing of it is available."""
        return True

    def keys(self) -> list[str]:
        return [key for key, dependency in self._entries.items() if dependency.is_ready]

    def values(self) -> list[Any]:
        return [self._entries[key].get_resource() for key in self.keys()]

    def items(self) -> list[tuple[str, Any]]:
        return [(key, self._entries[key].get_resource()) for key in self.keys()]

    def __repr__(self) -> str:
        lost = [key for key in self._entries if not self._entries[key].is_ready]
        parts = {"ready": self.keys(), "lost": lost}
        states = "; ".join(f"{state}: {', '.join(keys)}" for state, keys in parts.items() if keys)
        return f"<{self.name}{', ' if states else ''}{states}>"
