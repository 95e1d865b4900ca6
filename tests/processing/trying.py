"""Trying pipelines that are written in YAML: a baton in, results out."""

from __future__ import annotations

from typing import Any

from piped.catalogue import Catalogue
from piped.conf.nodes import Node
from piped.exceptions import ConfigurationError
from piped.interop import settled
from piped.options import Check
from piped.processing.section import Pipelines, check_pipelines
from piped.testing.clock import ManualClock
from tests.processing.environment import Environment
from tests.processing.yaml_nodes import nodes

__all__ = ["complaints", "pipelines_of", "results_of"]


def complaints(text: str) -> list[str]:
    """What is wrong with the section `pipelines` that is `text`, but for the name of the file."""
    check = Check()
    check_pipelines(nodes(text), Environment().catalogue, check)
    return [str(each).removeprefix("app.yaml:") for each in check.problems]


def pipelines_of(section: Node, catalogue: Catalogue | None = None) -> Pipelines:
    """The pipelines of a section without any problem."""
    check = Check()
    pipelines = check_pipelines(section, catalogue or Catalogue.builtin(), check)
    if check.problems:
        raise ConfigurationError("; ".join(map(str, check.problems)), problems=check.problems)
    return pipelines


async def results_of(environment: Environment, baton: Any, pipeline: str = "it") -> list[Any]:
    """What comes out of a pipeline. Time passes while it waits."""
    dependency = environment.depend(object.__new__(_Somebody), pipeline)
    assert isinstance(environment.clock, ManualClock)
    made = dependency.get_resource()
    found = await environment.clock.passing(settled(made.run(baton)))
    assert isinstance(found, list)
    return found


class _Somebody:
    name = "somebody"
