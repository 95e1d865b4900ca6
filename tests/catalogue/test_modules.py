"""The modules of a package, imported one by one."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from piped.catalogue.modules import Failed, Imported, modules
from tests.catalogue.world import World


def all_of(_: str) -> bool:
    return True


def found(name: str, wanted: Callable[[str], bool] = all_of) -> list[str]:
    return [f"{each.name}{'!' * isinstance(each, Failed)}" for each in modules(name, wanted)]


@pytest.fixture
def package(world: World) -> World:
    for path in ("__init__", "b", "a/__init__", "a/deep/__init__", "a/deep/est"):
        world.write(f"pkg/{path}.py")
    return world


@pytest.mark.usefixtures("package")
def test_a_package_is_followed_to_its_last_module_by_name() -> None:
    assert found("pkg") == ["pkg", "pkg.a", "pkg.a.deep", "pkg.a.deep.est", "pkg.b"]


@pytest.mark.usefixtures("package")
def test_one_may_begin_within() -> None:
    assert found("pkg.a.deep") == ["pkg.a.deep", "pkg.a.deep.est"]


@pytest.mark.usefixtures("package")
def test_a_plain_module_has_nothing_within() -> None:
    assert found("pkg.b") == ["pkg.b"]


def test_a_folder_without_init_is_a_package(world: World) -> None:
    world.write("open_package/steps.py")
    assert found("open_package") == ["open_package", "open_package.steps"]


@pytest.mark.usefixtures("package")
def test_what_is_not_wanted_is_not_imported_nor_what_is_within() -> None:
    assert found("pkg", lambda name: name != "pkg.a") == ["pkg", "pkg.b"]
    assert "pkg.a" not in sys.modules


def test_programs_are_not_run(world: World) -> None:
    world.write("pkg/__init__.py")
    world.write("pkg/__main__.py", "raise SystemExit('run')")
    world.write("pkg/set-up.py", "raise SystemExit('run')")
    assert found("pkg") == ["pkg"]


FAILURES = {
    "raises": "1 / 0",
    "exits": "raise SystemExit(3)",
    "is no Python": "print 'hello'",
    "needs what is not there": "import not_there_at_all",
    "is no text": "\0",
}


@pytest.mark.parametrize("code", FAILURES.values(), ids=FAILURES)
def test_one_that_fails_does_not_hide_the_others(world: World, code: str) -> None:
    for name, text in {"__init__": "", "a": "", "b": code, "c": ""}.items():
        world.write(f"pkg/{name}.py", text)
    assert found("pkg") == ["pkg", "pkg.a", "pkg.b!", "pkg.c"]


def test_a_package_that_fails_is_not_entered(world: World) -> None:
    world.write("pkg/__init__.py", "1 / 0")
    world.write("pkg/a.py")
    assert found("pkg") == ["pkg!"]


def test_who_presses_control_c_is_heard(world: World) -> None:
    world.write("pkg.py", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        found("pkg")


def test_a_folder_of_scripts_within_a_package_is_left_alone(world: World) -> None:
    world.write("pkg/__init__.py")
    world.write("pkg/scripts/migrate.py", "raise SystemExit('run')")
    assert found("pkg") == ["pkg"]


def test_a_module_that_has_put_something_in_its_place_may_have_no_contents(world: World) -> None:
    world.write("pkg.py", "import sys\nsys.modules[__name__] = 7")
    [module] = modules("pkg", all_of)
    assert isinstance(module, Imported)
    assert (module.contents, module.file) == ({}, "pkg")
