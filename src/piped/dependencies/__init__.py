"""Dependencies: who needs which resources, and whether they are there."""

from __future__ import annotations

from piped.dependencies.dependency import Dependency, InstanceDependency, ResourceDependency
from piped.dependencies.manager import DependencyManager
from piped.dependencies.map import DependencyMap, NoSuchDependency

__all__ = [
    "Dependency",
    "DependencyManager",
    "DependencyMap",
    "InstanceDependency",
    "NoSuchDependency",
    "ResourceDependency",
]
