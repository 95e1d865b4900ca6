"""The smallest environment in which pipelines run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piped.application import Application
from piped.catalogue import Catalogue
from piped.clock import Clock
from piped.dependencies import DependencyManager, DependencyMap
from piped.processing.section import Pipelines
from piped.providers.pipeline_provider import PipelineProvider
from piped.resource import Offer, ResourceManager
from piped.testing.clock import ManualClock

__all__ = ["Environment"]


class Environment:
    """What a processor is configured with, and the pipelines of one configuration."""

    def __init__(
        self,
        pipelines: Pipelines | None = None,
        resources: Mapping[str, Any] | None = None,
        *,
        clock: Clock | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        self.catalogue = catalogue or Catalogue.builtin()
        self.clock = clock or ManualClock()
        self.resource_manager = ResourceManager()
        self.dependency_manager = DependencyManager()
        self.dependency_manager.configure(self)
        self.application = Application()
        self.exit_codes: list[int] = []
        self._pipelines = pipelines or Pipelines()
        for path, resource in (resources or {}).items():
            self.offer(path, resource=resource)
        self.provider = PipelineProvider()
        self.provider.configure(self)  # type: ignore[arg-type]  # it has all that is asked for
        self.dependency_manager.resolve_initial_states()

    def settings(self, section: str, fallback: Any = None) -> Any:
        return self._pipelines if section == "pipelines" else fallback

    def offer(self, path: str, **resource: Any) -> Offer:
        return self.resource_manager.offer(path, **resource)

    def create_dependency_map(self, consumer: object, **dependencies: Any) -> DependencyMap:
        return self.dependency_manager.create_dependency_map(consumer, **dependencies)

    def stop(self, exit_code: int = 0) -> None:
        self.exit_codes.append(exit_code)

    def depend(self, consumer: object, pipeline: str) -> Any:
        """A dependency of `consumer` on a pipeline."""
        needed = {"provider": f"pipeline.{pipeline}"}
        return self.dependency_manager.add_dependency(consumer, needed)
