"""A processor that a place needs: there now, or not, and why not."""

from __future__ import annotations

from typing import Any

from piped.dependencies import Dependency, DependencyManager, ResourceDependency
from piped.exceptions import UnsatisfiedDependencyError
from piped.processing.pipeline import Pipeline

__all__ = ["Need"]

# Beyond so many names a message says no more than before.
_MOST = 5


class Need:
    """Hands batons to the resource of a path, while there is one and all that it needs."""

    def __init__(
        self, path: str, configuration: Any, consumer: Any, manager: DependencyManager
    ) -> None:
        self.path = path
        self._manager = manager
        self._dependency = ResourceDependency(path, configuration)
        self._resource: Any = None
        self._pipeline: Pipeline | None = None
        self._dependency.on_ready.handle(self._came)
        self._dependency.on_lost.handle(self._went)
        manager.add_dependency(consumer, self._dependency)

    def hand(self, baton: Any) -> Any:
        """What the resource gives for `baton`, now or later. Raises, if it is not there."""
        if self._pipeline is not None:
            return self._pipeline.run(baton)
        return self.get()(baton)

    def get(self) -> Any:
        """The resource itself. Raises, if it is not there."""
        if self._resource is None:
            raise self._missing()
        return self._resource

    @property
    def title(self) -> str:
        """What people call it: a pipeline by its name alone."""
        name = self.path.removeprefix("pipeline.")
        return f"the pipeline {name!r}" if name != self.path else repr(self.path)

    def _came(self, dependency: Any) -> None:
        self._resource = resource = dependency.get_resource()
        self._pipeline = resource if isinstance(resource, Pipeline) else None

    def _went(self, *_: Any) -> None:
        self._resource = self._pipeline = None

    def _missing(self) -> UnsatisfiedDependencyError:
        names = sorted(self._lost_below(self._dependency) - {self.path})
        because = f": there is no {', '.join(map(repr, names[:_MOST]))}" if names else ""
        return UnsatisfiedDependencyError(f"{self.path!r} is not available now{because}")

    def _lost_below(self, dependency: Dependency) -> set[str]:
        """The resources at the bottom of it that are not there."""
        found: set[str] = set()
        waiting, seen = [dependency], {id(dependency)}
        while waiting:
            each = waiting.pop()
            if isinstance(each, ResourceDependency) and not each.is_present:
                found.add(each.name)
            for below in self._manager.get_dependencies_of(each):
                if not below.is_ready and id(below) not in seen:
                    seen.add(id(below))
                    waiting.append(below)
        return found
