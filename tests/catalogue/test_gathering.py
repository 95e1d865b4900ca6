"""The rules by which plugins are gathered."""

from __future__ import annotations

import sys

import pytest

import piped.processors
from piped.catalogue import Catalogue
from piped.problems import Kind
from tests.catalogue.world import BASES, World

MINE = "plugins: {bundles: {mine: [pkg]}}"


def messages(catalogue: Catalogue) -> list[str]:
    return [problem.message for problem in catalogue.problems]


def test_a_bundle_is_scanned_with_all_its_packages(world: World) -> None:
    world.write("pkg/__init__.py")
    world.write("pkg/deep/__init__.py")
    file = world.write_processor("pkg/deep/steps.py", "up")
    plugin = world.load(MINE).processors["up"]
    assert plugin.load().__name__ == "Mine"
    assert plugin.target == "pkg.deep.steps:Mine"
    assert plugin.origin == f"bundle mine ({file})"


def test_a_bundle_may_be_a_module(world: World) -> None:
    world.write_processor("pkg.py", "up")
    assert "up" in world.load(MINE).processors


def test_a_bundle_may_be_a_folder_without_init(world: World) -> None:
    world.write_processor("pkg/steps.py", "up")
    assert "up" in world.load(MINE).processors


ALL_KINDS = """
    import zope.interface
    from piped.interfaces import IPipedService, IResourceProvider
    from piped.provider import Provider

    class Contexts(Provider):
        section = "my.contexts"

    @zope.interface.provider(IResourceProvider)
    class Old: ...

    @zope.interface.provider(IPipedService)
    class Service:
        name = "reporter"
"""


def test_one_scan_finds_all_kinds(world: World) -> None:
    world.write("pkg.py", ALL_KINDS)
    catalogue = world.load(MINE)
    assert catalogue.problems == ()
    providers = {name: catalogue.providers[name].always for name in ("my.contexts", "pkg.Old")}
    assert providers == {"my.contexts": False, "pkg.Old": True}
    assert catalogue.services["reporter"].load().__name__ == "Service"


def test_a_bundle_that_is_named_twice_is_harmless(world: World) -> None:
    world.write("pkg/__init__.py")
    world.write_processor("pkg/steps.py", "up")
    catalogue = world.load("plugins: {bundles: {a: [pkg, pkg], b: [pkg.steps], c: pkg}}")
    assert catalogue.problems == ()
    assert "up" in catalogue.processors


def test_in_a_bundle_an_import_is_only_an_import(world: World) -> None:
    world.write_processor("library.py", "up")
    world.write("pkg.py", "from library import Mine")
    assert "up" not in world.load(MINE).processors


def test_an_import_in_a_plugin_folder_is_what_it_is_for(world: World) -> None:
    world.write_processor("library.py", "up")
    file = world.write("piped/plugins/acme/deep.py", "from library import Mine")
    world.write("piped/plugins/acme/__init__.py", "version = '1.0'")
    plugin = world.load("").processors["up"]
    assert (plugin.target, plugin.origin) == ("library:Mine", f"plugins folder ({file})")


def test_an_object_that_is_found_twice_is_no_clash(world: World) -> None:
    world.write_processor("pkg.py", "up")
    world.write("piped/plugins/acme.py", "from pkg import Mine, Mine as Again")
    catalogue = world.load(MINE)
    assert catalogue.problems == ()
    assert "up" in catalogue.processors


def test_two_objects_of_one_name_are_a_clash_at_the_bundle(world: World) -> None:
    one, two = (world.write_processor(f"pkg/{name}.py", "up") for name in ("one", "two"))
    catalogue = world.load(MINE)
    assert messages(catalogue) == [
        f"processor 'up' is there twice: pkg.one.Mine ({one}:2), and pkg.two.Mine ({two}:2)"
    ]
    assert str(catalogue.problems[0].place) == f"{world.folder}/app.yaml:1:28"
    assert catalogue.processors["up"].module == "pkg.one"


def test_one_name_may_be_used_by_each_kind(world: World) -> None:
    world.write("bases.py", BASES)
    world.write(
        "pkg.py",
        """
        from bases import Processor
        from piped.provider import Provider
        class A(Processor): name = "letters"
        class B(Provider): section = "letters"
        """,
    )
    catalogue = world.load(MINE)
    assert catalogue.problems == ()
    assert "letters" in catalogue.processors
    assert "letters" in catalogue.providers


@pytest.fixture
def built_in_up(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    world.write_processor("ours.py", "up")
    monkeypatch.setattr(piped.processors, "MANIFEST", {"up": "ours:Mine"})
    return world


def test_a_bundle_does_not_override_a_built_in_plugin(built_in_up: World) -> None:
    built_in_up.write_processor("pkg.py", "up")
    catalogue = built_in_up.load(MINE)
    assert [problem.kind for problem in catalogue.problems] == [Kind.PLUGIN_CLASH]
    assert catalogue.processors["up"].origin == "built in"


@pytest.mark.parametrize("pattern", ["ours", "ours$", "ou"])
def test_unless_that_is_disabled(built_in_up: World, pattern: str) -> None:
    built_in_up.write_processor("pkg.py", "up")
    catalogue = built_in_up.load(f"plugins: {{bundles: {{mine: pkg}}, disabled: {pattern}}}")
    assert catalogue.problems == ()
    assert catalogue.processors["up"].module == "pkg"


def test_an_entry_point_does_not_override_a_built_in_plugin(built_in_up: World) -> None:
    built_in_up.write_processor("pkg.py", "up")
    built_in_up.write_distribution("acme", "[piped.processors]\nup = pkg:Mine\n")
    [problem] = Catalogue.builtin().problems
    assert (problem.kind, problem.place) == (Kind.PLUGIN_CLASH, None)


def test_an_entry_point_may_name_a_built_in_plugin_again(built_in_up: World) -> None:
    built_in_up.write_distribution("acme", "[piped.processors]\nup = ours:Mine\n")
    assert Catalogue.builtin().problems == ()


def test_a_module_that_is_disabled_is_not_imported(world: World) -> None:
    world.write("pkg/__init__.py")
    world.write("pkg/tests/__init__.py", "1 / 0")
    world.write_processor("pkg/steps.py", "up")
    catalogue = world.load("plugins: {bundles: {mine: pkg}, disabled: [pkg.tests]}")
    assert catalogue.problems == ()
    assert "up" in catalogue.processors


def test_a_bundle_that_is_disabled_need_not_be_there(world: World) -> None:
    assert world.load("plugins: {bundles: {mine: absent}, disabled: absent}").problems == ()


def test_a_plugin_is_disabled_by_its_name(world: World) -> None:
    world.write_processor("pkg.py", "up")
    assert "up" not in world.load("plugins: {bundles: {mine: pkg}, disabled: [up]}").processors


def test_what_is_imported_from_a_disabled_module_stays_away(world: World) -> None:
    world.write_processor("library.py", "up")
    world.write("piped/plugins/acme.py", "from library import Mine")
    assert "up" not in world.load("plugins: {disabled: [library]}").processors


def test_a_module_that_fails_does_not_hide_the_others(world: World) -> None:
    file = world.write("pkg/a.py", "1 / 0")
    world.write_processor("pkg/b.py", "up")
    catalogue = world.load(MINE)
    [problem] = catalogue.problems
    assert "up" in catalogue.processors
    assert problem.message == "pkg.a cannot be imported: ZeroDivisionError: division by zero"
    assert str(problem.place) == f"{world.folder}/app.yaml:1:28"
    assert problem.detail.splitlines()[:2] == [
        "Traceback (most recent call last):",
        f'  File "{file}", line 1, in <module>',
    ]


def test_a_module_that_fails_is_tried_and_reported_once(world: World) -> None:
    world.write("pkg/__init__.py")
    world.write("pkg/a.py", "import sys\nsys.path.append('tried')\n1 / 0")
    catalogue = world.load("plugins: {bundles: {a: pkg, b: pkg.a}}")
    assert len(catalogue.problems) == 1
    assert sys.path.count("tried") == 1


def test_a_bundle_that_imports_what_is_missing_is_not_missing_itself(world: World) -> None:
    world.write("pkg.py", "import not_there")
    [problem] = world.load(MINE).problems
    assert problem.kind is Kind.BROKEN_PLUGIN
    assert problem.message == "pkg imports 'not_there', which is not there"


@pytest.mark.parametrize("name", ["absent", "absent.sub", "pkg.absent", "pkg.steps.absent"])
def test_a_bundle_that_is_not_there_is_missing(world: World, name: str) -> None:
    world.write("pkg/__init__.py")
    world.write("pkg/steps.py")
    [problem] = world.load(f"plugins: {{bundles: {{mine: {name}}}}}").problems
    assert problem.kind is Kind.MISSING_PACKAGE
    assert problem.detail == f"{name!r} does not seem to be a valid package."


def test_a_plugin_folder_that_fails_is_named(world: World) -> None:
    world.write("piped/plugins/acme.py", "1 / 0")
    [problem] = world.load("").problems
    assert problem.message.startswith("piped.plugins.acme cannot be imported")
    assert str(problem.place) == str(world.folder / "piped/plugins")


def test_a_plugin_folder_does_not_silently_hide_another(world: World) -> None:
    world.write_processor("piped/plugins/acme.py", "up")
    world.write_processor("other/piped/plugins/acme.py", "down")
    sys.path.append(str(world.folder / "other"))
    assert [problem.kind for problem in world.load("").problems] == [Kind.PLUGIN_CLASH]
    assert world.load("plugins: {disabled: piped.plugins.acme}").problems == ()


def test_a_module_that_has_put_a_number_in_its_place_has_no_plugins(world: World) -> None:
    world.write("pkg.py", "import sys\nsys.modules[__name__] = 7")
    assert world.load(MINE).problems == ()
