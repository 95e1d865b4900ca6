"""The double of a runtime environment: its two managers, and a component with a name."""

from __future__ import annotations

from typing import Any

from piped.dependencies import DependencyManager
from piped.resource import ResourceManager


class Environment:
    def __init__(self) -> None:
        self.resource_manager = ResourceManager()
        self.dependency_manager = DependencyManager()
        self.dependency_manager.configure(self)


class Component:
    def __init__(self, name: str) -> None:
        self.name = name


class Diary:
    """What dependencies told, as "ready x" and "lost x: reason"."""

    def __init__(self, *dependencies: Any) -> None:
        self.entries: list[str] = []
        for each in dependencies:
            each.on_ready += lambda dependency: self.entries.append(f"ready {dependency.name}")
            each.on_lost += self._lost

    def _lost(self, dependency: Any, reason: object) -> None:
        self.entries.append(f"lost {dependency.name}: {str(reason).removeprefix(chr(10))}")

    def taken(self) -> list[str]:
        """What was written since the last time."""
        entries, self.entries = self.entries, []
        return entries
