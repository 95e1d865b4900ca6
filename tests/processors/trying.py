"""Trying processors: the steps of a pipeline and a baton in, the one result out."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.processing.environment import Environment
from tests.processing.trying import complaints, pipelines_of, results_of
from tests.processing.yaml_nodes import nodes

__all__ = ["complaint", "environment", "pipeline", "result"]


def environment(steps: str, resources: dict[str, Any] | None = None, **options: Any) -> Environment:
    """What has the pipeline `it`, of the steps of a YAML list without its brackets."""
    return Environment(pipelines_of(nodes(f"it: [{steps}]")), resources, **options)


def pipeline(steps: str) -> Any:
    """The pipeline, to run several batons through the same processors."""
    return environment(steps).depend("somebody", "it").get_resource()


def result(steps: str, baton: Any, resources: dict[str, Any] | None = None) -> Any:
    """What becomes of `baton`."""
    [found] = asyncio.run(results_of(environment(steps, resources), baton))
    return found


def complaint(steps: str) -> str:
    """The one thing that is wrong with the steps."""
    [found] = complaints(f"it: [{steps}]")
    return found
