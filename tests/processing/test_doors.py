"""What can be imported from `piped.processing`, also by plugins that are older than this engine."""

from __future__ import annotations

from typing import Any

import pytest
import zope.interface

import piped.processing
from piped.interfaces import IProcessor
from piped.options import Check
from piped.processing.pipeline import Pipeline
from piped.processing.section import Pipelines
from tests.processing.yaml_nodes import nodes


@zope.interface.provider(IProcessor)
class Old:
    """A processor that has no base, and an attribute of its own for everything."""

    name = "old"

    def __init__(self, pipeline: str = "mine", home: str = "mine") -> None:
        self.pipeline = pipeline
        self.home = home

    def configure(self, runtime_environment: Any) -> None:
        """Nothing is needed."""

    def process(self, baton: Any) -> Any:
        return f"{baton} {self.pipeline} {self.home}"


def test_the_old_names_are_there() -> None:
    assert piped.processing.IProcessor is IProcessor
    assert piped.processing.Pipeline is Pipeline
    assert piped.processing.RuntimeEnvironment.__module__ == "piped.environment"
    with pytest.raises(AttributeError, match="nonsense"):
        _ = piped.processing.nonsense


def test_a_processor_needs_no_base() -> None:
    graph = Pipelines.from_node(nodes("it: [old, old]"), Check()).graphs["it"]
    pipeline = Pipeline(graph, [Old(), Old()])
    pipeline.configure(None)
    assert pipeline.run("a") == ["a mine mine mine mine"]
