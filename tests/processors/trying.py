"""Trying processors: the steps of a pipeline and a baton in, the one result out."""

from __future__ import annotations

import asyncio
from typing import Any

from piped.conf.nodes import Entry, Mapping, Node
from tests.processing.environment import Environment
from tests.processing.trying import complaints, pipelines_of, results_of
from tests.processing.yaml_nodes import nodes

__all__ = ["complaint", "environment", "pipeline", "result"]


def environment(
    steps: str | Node, resources: dict[str, Any] | None = None, **options: Any
) -> Environment:
    """What has the pipeline `it`, of the steps of a YAML list without its brackets."""
    if isinstance(steps, str):
        section: Node = nodes(f"it: [{steps}]")
    else:
        origin = steps.origin
        section = Mapping({"it": Entry(steps, origin.place)}, origin)
    return Environment(pipelines_of(section), resources, **options)


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
