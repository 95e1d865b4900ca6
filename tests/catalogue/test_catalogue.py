"""The catalogue: plugins by kind and name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import piped.processors
import piped.providers
from piped.catalogue import Catalogue
from piped.conf.nodes import Mapping, Origin, Scalar
from piped.exceptions import ConfigurationError
from piped.problems import Kind, Place
from tests.catalogue.world import Configured, World

PLACE = Place("app.yaml", 3, 5)
TUTORIAL = """\
plugins:
  bundles:
    my_bundle:
    - tutorial_bundle
"""


@pytest.fixture(autouse=True)
def manifests(monkeypatch: pytest.MonkeyPatch) -> None:
    processors = {"uppercase": "piped.absent:Upper", "log": "piped.absent:Log"}
    monkeypatch.setattr(piped.processors, "MANIFEST", processors)
    monkeypatch.setattr(piped.providers, "MANIFEST", {"contexts": "piped.absent:Contexts"})


def test_a_plugin_is_found_by_kind_and_name() -> None:
    catalogue = Catalogue.builtin()
    plugin = catalogue.processors["uppercase"]
    assert catalogue.find("processor", "uppercase") is plugin
    assert catalogue.find("provider", "uppercase") is None
    assert plugin.kind == "processor"


def test_it_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        Catalogue.builtin().processors["mine"] = None  # type: ignore[index] # what is tried


def test_the_builtin_one_looks_into_no_folder(world: World) -> None:
    world.write("piped/plugins/acme.py", "1 / 0")
    assert Catalogue.builtin().problems == ()
    assert "piped.plugins.acme" not in sys.modules


def test_an_unknown_processor_is_a_problem_with_the_nearest_name() -> None:
    problem = Catalogue.builtin().unknown("processor", "upper-case", PLACE)
    assert (problem.kind, problem.place) == (Kind.UNKNOWN_PLUGIN, PLACE)
    assert problem.message == "processor 'upper-case' is unknown (did you mean 'uppercase'?)"
    assert problem.hint == "`piped list` shows all there are."


def test_an_unknown_section_is_a_problem_with_the_nearest_name() -> None:
    problem = Catalogue.builtin().unknown("provider", "context", PLACE)
    assert problem.kind is Kind.UNKNOWN_SECTION
    assert problem.message == (
        "section 'context' is read by no provider (did you mean 'contexts'?)"
    )


def test_an_unknown_service_has_no_nearest_name() -> None:
    message = Catalogue.builtin().unknown("service", "reporter", PLACE).message
    assert message == "service 'reporter' is unknown"


def test_what_is_disabled_is_said_to_be(world: World) -> None:
    catalogue = world.load("plugins: {disabled: [upper]}")
    problem = catalogue.unknown("processor", "uppercase", PLACE)
    assert problem.hint == "It is left out by plugins.disabled."


@pytest.mark.parametrize("code", ["1 / 0", None])
def test_what_is_unknown_may_be_in_a_bundle_that_failed(world: World, code: str | None) -> None:
    if code:
        world.write("tutorial_bundle.py", code)
    problem = world.load(TUTORIAL).unknown("processor", "shout", PLACE)
    assert problem.hint == "It may be in a bundle that could not be imported."


def test_without_problems_none_are_raised() -> None:
    Catalogue.builtin().raise_problems()


def test_a_missing_bundle_is_said_in_the_words_of_the_tutorial(world: World) -> None:
    catalogue = world.load(TUTORIAL, file="tutorial.yaml")
    with pytest.raises(ConfigurationError) as caught:
        catalogue.raise_problems()
    assert str(caught.value).splitlines()[1:] == [
        "ERROR: No module named 'tutorial_bundle'",
        "DETAIL: 'tutorial_bundle' does not seem to be a valid package.",
        "HINT: Ensure that sys.path is set correctly.",
    ]


def test_a_missing_bundle_has_its_place_and_the_cure(world: World) -> None:
    file = world.folder / "tutorial.yaml"
    [problem] = world.load(TUTORIAL, file="tutorial.yaml").problems
    assert (problem.kind, problem.place) == (Kind.MISSING_PACKAGE, Place(str(file), 4, 7))
    assert problem.hint.endswith(f"PYTHONPATH=. piped -nc {file}")


def test_the_cure_names_the_file_that_piped_is_started_with(world: World) -> None:
    origin = Origin(Place("included.yaml", 1, 1), through=(Place("app.yaml", 2, 3),))
    bundles = world.tree(bundles={"mine": Scalar("absent", origin)})
    assert isinstance(bundles, Mapping)
    [problem] = Catalogue.load(
        Configured(world.tree(plugins={"bundles": bundles["bundles"]}))
    ).problems
    assert str(problem.place) == "included.yaml:1:1"
    assert problem.hint.endswith("piped -nc app.yaml")


def test_the_cure_works(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write_processor("elsewhere/tutorial_bundle/processors.py", "shout")
    monkeypatch.setattr(sys, "path", [*sys.path, str(world.folder / "elsewhere")])
    catalogue = world.load(TUTORIAL)
    assert catalogue.problems == ()
    assert "shout" in catalogue.processors


def test_a_folder_of_the_configuration_makes_a_bundle_importable(world: World) -> None:
    world.write_processor("conf/lib/mine.py", "shout")
    text = "plugins: {path: lib, bundles: {mine: mine}}"
    catalogue = world.load(text, file="conf/app.yaml")
    assert catalogue.problems == ()
    assert "shout" in catalogue.processors
    assert sys.path[1] == str(world.folder / "conf/lib")


def test_a_folder_of_the_configuration_may_have_plugin_folders(world: World) -> None:
    world.write_processor("lib/piped/plugins/acme.py", "shout")
    assert "shout" in world.load("plugins: {path: lib}").processors


def test_all_problems_are_found_at_once(world: World) -> None:
    text = "plugins: {path: nowhere, disabled: ['('], bundles: {a: absent, b: 7}, paht: x}"
    assert [problem.kind for problem in world.load(text).problems] == [
        Kind.UNKNOWN_OPTION,
        Kind.WRONG_TYPE,
        Kind.WRONG_VALUE,
        Kind.WRONG_VALUE,
        Kind.MISSING_PACKAGE,
    ]


def test_nothing_is_written(world: World) -> None:
    world.write_processor("piped/plugins/acme.py", "shout")
    before = {*world.folder.rglob("*")}
    world.load("")
    new = {path for path in {*world.folder.rglob("*")} - before if "__pycache__" not in path.parts}
    assert new == set()


ALONE = """
import sys
from piped.catalogue import Catalogue
class Nothing:
    def node(self, path): return None
Catalogue.load(Nothing())
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"twisted", "zope"}))
print(*(name for name in sys.modules if name.startswith("piped.p") and name.count(".") > 1))
"""


def test_without_bundles_nothing_is_imported_that_is_not_used() -> None:
    source = Path(piped.processors.__file__).parents[2]
    run = [sys.executable, "-c", ALONE]
    env = {"PYTHONPATH": str(source)}
    output = subprocess.run(run, env=env, capture_output=True, text=True, check=True).stdout
    assert output.split() == []
