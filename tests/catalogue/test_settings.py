"""The section `plugins` of a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from piped.catalogue.settings import PluginSettings, read_settings
from piped.conf.nodes import Origin, Scalar
from piped.problems import Kind, Place
from tests.catalogue.world import Configured, World


def test_without_the_section_there_is_nothing(world: World) -> None:
    assert world.settings("web: {}") == PluginSettings()


NOTHING = ["plugins:", "plugins: {bundles: , path: , disabled: }", "plugins: {bundles: {a: }}"]


@pytest.mark.parametrize("text", NOTHING)
def test_null_is_nothing(world: World, text: str) -> None:
    assert world.settings(text) == PluginSettings()


def packages(settings: PluginSettings) -> list[tuple[str, str]]:
    return [(bundle.name, bundle.package) for bundle in settings.bundles]


def test_bundles_are_lists_of_packages_or_one_package(world: World) -> None:
    settings = world.settings("plugins: {bundles: {one: [a, b.sub], two: c}}")
    assert packages(settings) == [("one", "a"), ("one", "b.sub"), ("two", "c")]


def test_a_bundle_knows_where_it_stands(world: World) -> None:
    text = """\
    plugins:
      bundles:
        one:
        - a
    """
    [bundle] = world.settings(text).bundles
    assert bundle.origin.place == Place(str(world.folder / "app.yaml"), 4, 7)


WRONG = {
    "plugins: [a]": (1, 10, "plugins: expected a mapping, got a list"),
    "plugins: {bundles: [a]}": (1, 20, "plugins.bundles: expected a mapping, got a list"),
    "plugins: {bundles: {a: {b: c}}}": (
        1,
        24,
        "plugins.bundles.a: expected a list of texts, got a mapping",
    ),
    "plugins: {bundles: {a: [7]}}": (1, 25, "plugins.bundles.a: expected texts, got 7"),
    "plugins: {bundles: {a: [~]}}": (1, 25, "plugins.bundles.a: expected texts, got nothing"),
    "plugins: {disabled: true}": (1, 21, "plugins.disabled: expected a list of texts, got True"),
    "plugins: {disabled: ['*']}": (
        1,
        22,
        "plugins.disabled: '*' is not a regular expression: nothing to repeat at position 0",
    ),
    "plugins: {bundle: a}": (1, 11, "plugins has no option 'bundle' (did you mean 'bundles'?)"),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.items(), ids=WRONG)
def test_what_is_wrong_is_a_problem_at_its_place(
    world: World, text: str, expected: tuple[int, int, str]
) -> None:
    settings = world.settings(text)
    [problem] = settings.problems
    assert problem.place is not None
    assert (problem.place.line, problem.place.column, problem.message) == expected
    assert (settings.bundles, settings.folders, settings.disabled) == ((), (), ())


PATHS = {"./my_bundle": "my_bundle", "a/b.py": "a.b", "": "package.module", "a b": "package.module"}


@pytest.mark.parametrize(("text", "example"), PATHS.items())
def test_a_path_is_not_the_name_of_a_package(world: World, text: str, example: str) -> None:
    [problem] = world.settings(f"plugins: {{bundles: {{mine: ['{text}']}}}}").problems
    assert problem.kind is Kind.WRONG_VALUE
    assert problem.message == f"plugins.bundles.mine: {text!r} is not the name of a package"
    assert problem.hint == f"Write it as an import has it: {example}"


def test_the_good_ones_are_kept_beside_the_bad_one(world: World) -> None:
    settings = world.settings("plugins: {bundles: {mine: [a, 7, b]}, disabled: ['(', x]}")
    assert packages(settings) == [("mine", "a"), ("mine", "b")]
    assert [pattern.pattern for pattern in settings.disabled] == ["x"]
    assert len(settings.problems) == 2


def test_folders_are_relative_to_the_file_that_names_them(world: World) -> None:
    world.write("conf/lib/x.py")
    settings = world.settings("plugins: {path: [lib, ..]}", file="conf/app.yaml")
    assert settings.folders == (world.folder / "conf" / "lib", world.folder)


def test_home_and_variables_are_expanded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("lib/x.py")
    monkeypatch.setenv("HOME", str(world.folder))
    monkeypatch.setenv("LIB", "lib")
    lib = world.folder / "lib"
    assert world.settings("plugins: {path: [~/lib, $LIB]}").folders == (lib, lib)


@pytest.mark.parametrize("text", ["nowhere", "app.yaml", "~nobody-at-all/lib", '"\\0"'])
def test_a_folder_that_is_not_there_is_a_problem(world: World, text: str) -> None:
    world.write("app.yaml")
    [problem] = world.settings(f"plugins: {{path: {text}}}").problems
    assert problem.kind is Kind.WRONG_VALUE
    assert problem.message.startswith(f"plugins.path: there is no folder {world.folder}")
    assert problem.place == Place(str(world.folder / "app.yaml"), 1, 17)


def test_a_path_may_be_a_path(world: World) -> None:
    node = Scalar(Path("lib"), Origin(Place(str(world.folder / "app.yaml"))))
    [problem] = read_settings(Configured(world.tree(plugins={"path": node}))).problems
    assert problem.message == f"plugins.path: there is no folder {world.folder / 'lib'}"


def test_a_pattern_is_matched_from_the_beginning_of_a_name(world: World) -> None:
    settings = world.settings("plugins: {disabled: [up, 'my.*s$']}")
    assert not settings.wants_name("uppercase")
    assert not settings.wants_name("my-bundles")
    assert settings.wants_name("set-up")


def test_a_module_in_a_disabled_package_is_disabled(world: World) -> None:
    settings = world.settings(r"plugins: {disabled: ['my\.sub$']}")
    assert not settings.wants_module("my.sub.deep.er")
    assert not settings.wants_module("my.sub")
    assert settings.wants_module("my.subway")
    assert settings.wants_module("my")


@given(st.from_regex(r"[a-z]{1,3}(\.[a-z]{1,3}){0,3}", fullmatch=True))
def test_without_patterns_everything_is_wanted(name: str) -> None:
    assert PluginSettings().wants_module(name)
    assert PluginSettings().wants_name(name)
