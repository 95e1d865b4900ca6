"""Names of things that are elsewhere."""

from __future__ import annotations

import os.path
import sys
from pathlib import Path
from typing import Any

import pytest

from piped.options import Check, DottedName, KeyPath, PipelineName, Reference, ResourceName
from piped.problems import Place
from tests.options.reading import node, problem_of, value_of


@pytest.mark.parametrize("text", ["", "a", "a.b-c.0", "with space.b"])
def test_key_paths(text: str) -> None:
    assert value_of(f"'{text}'", KeyPath) == text


@pytest.mark.parametrize("text", [".a", "a.", "a..b", "."])
def test_what_is_no_key_path(text: str) -> None:
    assert problem_of(text, KeyPath) == f"x: expected a key path like user.name, got '{text}'"


def test_a_key_path_is_text() -> None:
    assert problem_of("0", KeyPath).endswith('got 0 | write it in quotes: "0"')


def references(text: str, type_: Any, owner: str = "") -> list[Reference]:
    check = Check(owner)
    check.convert(node(text), type_, "x")
    assert check.problems == []
    return check.references


@pytest.mark.parametrize("name", ["hello", "web.hello", ".hello", "..a.b"])
def test_the_name_of_a_pipeline_is_a_reference(name: str) -> None:
    assert value_of(name, PipelineName) == name
    [found] = references(f"[{name}]", list[PipelineName], "web.main")
    assert found == Reference("pipeline", name, Place("app.yaml", 1, 2), "web.main")


@pytest.mark.parametrize("text", ["''", "a.", "..", "a..b", "[a]"])
def test_what_is_no_name_of_a_pipeline(text: str) -> None:
    assert problem_of(text, PipelineName).startswith("x: expected the name of a pipeline like")


def test_a_resource_is_named_by_its_path() -> None:
    assert value_of("context.settings", ResourceName) == ResourceName("context.settings")
    [found] = references("context.settings", ResourceName)
    assert found == Reference("resource", "context.settings", Place("app.yaml", 1, 1))


def test_a_resource_is_named_with_what_its_provider_is_to_know() -> None:
    found = value_of("{provider: pb.client.x, retries: 3}", ResourceName)
    assert found == ResourceName("pb.client.x", {"retries": 3})
    assert str(found) == "pb.client.x"
    assert hash(found) == hash(ResourceName("pb.client.x"))
    [reference] = references("{provider: pb.client.x, retries: 3}", ResourceName)
    assert reference.place == Place("app.yaml", 1, 12)


NO_RESOURCES = [
    ("{retries: 3}", "x: the mapping has no 'provider', the path of a resource"),
    ("a..b", "x: expected the path of a resource like pipeline.hello, got 'a..b'"),
    ("{provider: ''}", "x.provider: expected the path of a resource like pipeline.hello, got ''"),
    ("[a]", "x: expected the path of a resource like pipeline.hello, got a list"),
]


@pytest.mark.parametrize(("text", "problem"), NO_RESOURCES)
def test_what_is_no_resource(text: str, problem: str) -> None:
    assert problem_of(text, ResourceName) == problem


LOADED = [
    ("os.path.join", os.path.join),
    ("os.path", os.path),
    ("pathlib.Path.home", Path.home),
    ("sys", sys),
    ("ValueError", ValueError),
]


@pytest.mark.parametrize(("name", "thing"), LOADED)
def test_a_dotted_name_loads_what_it_names(name: str, thing: object) -> None:
    loaded = value_of(name, DottedName).load()
    assert loaded == thing


def test_a_dotted_name_imports_modules_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a_package_of_names"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "inner.py").write_text("value = 3")
    (folder / "broken.py").write_text("import no_such_module_anywhere")
    monkeypatch.syspath_prepend(tmp_path)
    assert DottedName("a_package_of_names.inner.value").load() == 3
    with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
        DottedName("a_package_of_names.broken.value").load()
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        DottedName("a_package_of_names.other").load()


@pytest.mark.parametrize("name", ["no_such_module_anywhere", "no_such_module_anywhere.thing"])
def test_what_is_nowhere_cannot_be_loaded(name: str) -> None:
    with pytest.raises(ImportError, match="there is no module and no built-in 'no_such"):
        DottedName(name).load()


@pytest.mark.parametrize("text", ["''", "a..b", "a-b", "1a", "a.", "5", "a b"])
def test_what_is_no_dotted_name(text: str) -> None:
    assert problem_of(text, DottedName).startswith("x: expected a dotted name like")


@pytest.mark.parametrize("type_", [KeyPath, PipelineName, ResourceName, DottedName])
def test_a_path_into_the_baton_is_let_through_and_refers_to_nothing(type_: Any) -> None:
    check = Check()
    assert check.convert(node("!path a.b"), type_, dynamic=True) == "a.b"
    assert check.references == []


def test_a_path_into_the_baton_is_let_through_as_provider() -> None:
    assert problem_of("{provider: !path a}", ResourceName).startswith("x.provider: expected")
