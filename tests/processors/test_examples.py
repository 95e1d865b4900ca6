"""Every processor has an example, and every example is true."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
import yaml

from piped.catalogue import Catalogue
from piped.conf.nodes import Entry, Mapping, plain
from piped.interop import settled
from piped.problems import Place
from piped.processors import MANIFEST
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of, results_of
from tests.processing.yaml_nodes import nodes_in

CATALOGUE = Catalogue.builtin()


@pytest.fixture(autouse=True)
def _no_debugger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.breakpointhook", lambda: None)


class Interval:
    def start_ticking(self) -> None:
        pass

    def stop_ticking(self) -> None:
        pass


class Store:
    async def save(self) -> None:
        pass


# What an example cannot write down.
STAND_INS: dict[Any, Any] = {"an interval": Interval(), "a store": Store()}


def example_of(name: str) -> Mapping:
    """The nodes of the example in a processor's docstring."""
    text = inspect.getdoc(CATALOGUE.processors[name].load()) or ""
    _, found, example = text.partition("Example::\n")
    assert found, f"{name} has no example"
    node = nodes_in(yaml.compose(inspect.cleandoc(example), yaml.SafeLoader), name)
    assert isinstance(node, Mapping)
    return node


async def end_of(example: Mapping) -> Any:
    """The result, or what was raised."""
    others = example.get("pipelines")
    entries = dict(others.entries) if isinstance(others, Mapping) else {}
    entries["it"] = Entry(example["pipeline"], Place("example", 1))
    offered = example.get("resources")
    resources = plain(offered) if offered else {}
    resources = {
        path: STAND_INS.get(each, each) if isinstance(each, str) else each
        for path, each in resources.items()
    }
    environment = Environment(pipelines_of(Mapping(entries, example.origin)), resources)
    try:
        [result] = await results_of(environment, plain(example["given"]))
    except Exception as failure:  # noqa: BLE001 - an example may fail in any way
        return f"{type(failure).__name__}: {failure}"
    finally:
        await settled(environment.application.startService())
        await settled(environment.application.stopService())
    return result


@pytest.mark.parametrize("name", MANIFEST)
def test_example(name: str) -> None:
    example = example_of(name)
    expected = plain(example["gives"] if "gives" in example else example["fails"])
    assert asyncio.run(end_of(example)) == expected


@pytest.mark.parametrize("name", MANIFEST)
def test_a_processor_is_called_what_the_manifest_says(name: str) -> None:
    assert vars(CATALOGUE.processors[name].load())["name"] == name


@pytest.mark.parametrize("name", MANIFEST)
def test_every_option_is_explained(name: str) -> None:
    from piped.options import schema_of

    schema = schema_of(CATALOGUE.processors[name].load())
    assert [option.name for option in schema.options if not option.help] == []
    assert not schema.open
