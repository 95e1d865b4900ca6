"""Who depends on whom, drawn."""

from __future__ import annotations

from typing import Any

import pytest

from piped.dependencies import DependencyManager
from piped.observe.depending import of_dependencies
from piped.observe.drawing import Box, BoxKind
from piped.secret import Secret
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of
from tests.processing.yaml_nodes import nodes


class Component:
    def __init__(self, name: Any) -> None:
        self.name = name


@pytest.fixture
def environment() -> Environment:
    text = "it: [fetch-context: {context: prices, id: look}, passthrough]"
    made = Environment(pipelines_of(nodes(text)), {"context.prices": {}})
    made.depend(Component("somebody"), "it")
    return made


def boxes(manager: DependencyManager) -> dict[str, Box]:
    return {box.label: box for box in of_dependencies(manager).boxes}


def test_labels_are_short_and_say_where_a_step_stands(environment: Environment) -> None:
    found = boxes(environment.dependency_manager)
    assert {label: box.detail for label, box in found.items()} == {
        "somebody": "Component",
        "pipeline.it": "",
        "it": "Pipeline",
        "look": "it",
        "context.prices": "",
        "passthrough": "it",
    }
    assert {box.look.colour for box in found.values()} == {"green"}


def test_what_is_lost_is_red(environment: Environment) -> None:
    offer = environment.offer("tide", resource=1)
    environment.dependency_manager.add_dependency(Component("ferry"), {"provider": "tide"})
    offer.lost("the water is gone")
    drawing = of_dependencies(environment.dependency_manager)
    found = {box.label: box for box in drawing.boxes}
    assert found["tide"].look.colour == found["ferry"].look.colour == "red"
    assert found["tide"].look.tooltip == "tide: lost"
    [lost] = [each for each in drawing.arrows if each.look.colour == "red"]
    assert (lost.source, lost.target) == (found["tide"].id, found["ferry"].id)
    assert lost.look.line == "dotted"
    assert {each.look.line for each in drawing.arrows if each is not lost} == {""}


def test_what_has_no_state_yet_has_two_rings() -> None:
    manager = DependencyManager()
    manager.add_dependency(Component("one"), Component("other"))
    assert {box.kind for box in boxes(manager).values()} == {BoxKind.UNRESOLVED}


def test_no_label_is_long_or_has_an_address_or_a_secret() -> None:
    secret = Secret("hunter2")
    manager = DependencyManager()
    manager.add_dependency(Component("x" * 500), Component(object()))
    manager.add_dependency(Component(f"of {secret.reveal()}"), Component("two\nlines"))
    labels = list(boxes(manager))
    assert max(map(len, labels)) == 48
    assert "Component" in labels
    assert "two lines" in labels
    assert not any("hunter2" in each or "0x" in each for each in labels)
