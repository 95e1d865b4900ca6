"""Folders in which plugins are."""

from __future__ import annotations

import sys
from pathlib import Path
from pkgutil import iter_modules

import pytest

import piped.plugins
from piped.catalogue.folders import Foreign, add_to_sys_path, foreign_modules, plugin_folders
from tests.catalogue.world import World

OWN = str(Path(piped.plugins.__file__).parent)


def found_in(folder: Path) -> list[Foreign]:
    return [module for module in foreign_modules() if module.folder == str(folder)]


def test_new_folders_stand_in_order_behind_the_scripts_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", ["/script", "/lib"])
    add_to_sys_path([world.folder / "b", world.folder / "a"])
    folder = str(world.folder)
    assert sys.path == ["/script", f"{folder}/b", f"{folder}/a", "/lib"]


def test_a_folder_is_added_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["/script"])
    add_to_sys_path([world.folder, world.folder])
    add_to_sys_path([world.folder])
    assert sys.path == ["/script", str(world.folder)]


def test_the_working_directory_of_the_interpreter_is_no_promise(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The empty entry may be taken away, and what it means changes with each chdir.
    monkeypatch.setattr(sys, "path", [""])
    monkeypatch.chdir(world.folder)
    add_to_sys_path([world.folder])
    assert sys.path == ["", str(world.folder)]


def test_a_plugin_folder_has_no_init(world: World) -> None:
    world.write("open/piped/plugins/a.py")
    world.write("closed/piped/plugins/__init__.py")
    sys.path += [str(world.folder / each) for each in ("open", "closed", "nowhere")]
    assert str(world.folder / "open/piped/plugins") in plugin_folders()
    assert str(world.folder / "closed/piped/plugins") not in plugin_folders()
    assert OWN not in plugin_folders()


def test_a_plugin_folder_that_is_reached_twice_is_one(world: World) -> None:
    world.write("lib/piped/plugins/a.py")
    (world.folder / "lib64").symlink_to("lib")
    sys.path += [str(world.folder / each) for each in ("lib", "lib64")]
    assert plugin_folders().count(str(world.folder / "lib/piped/plugins")) == 1


def test_modules_of_plugin_folders_are_found(world: World) -> None:
    world.write("piped/plugins/acme.py")
    world.write("piped/plugins/set-up.py")
    folder = world.folder / "piped/plugins"
    assert found_in(folder) == [Foreign("piped.plugins.acme", str(folder), None)]


def test_a_folder_may_come_onto_the_path_later(world: World) -> None:
    world.write("later/piped/plugins/acme.py")
    folder = world.folder / "later/piped/plugins"
    assert found_in(folder) == []
    sys.path.append(str(world.folder / "later"))
    assert found_in(folder) == [Foreign("piped.plugins.acme", str(folder), None)]


def test_the_second_of_two_names_says_which_is_first(world: World) -> None:
    first, second = world.folder / "one/piped/plugins", world.folder / "two/piped/plugins"
    for folder in (first, second):
        world.write(f"{folder}/acme.py")
        sys.path.append(str(folder.parents[1]))
    assert found_in(first) == [Foreign("piped.plugins.acme", str(first), None)]
    assert found_in(second) == [Foreign("piped.plugins.acme", str(second), str(first))]


def test_a_door_of_ours_hides_a_module_of_that_name(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piped.plugins, "OURS", frozenset({"door"}))
    world.write("piped/plugins/door.py")
    folder = world.folder / "piped/plugins"
    assert found_in(folder) == [Foreign("piped.plugins.door", str(folder), OWN)]


def test_what_others_put_into_our_folder_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write("ours/door.py")
    world.write("ours/acme.py")
    ours = world.folder / "ours"
    monkeypatch.setattr(piped.plugins, "OURS", frozenset({"door"}))
    monkeypatch.setattr(piped.plugins, "__path__", [str(ours)])
    assert found_in(ours) == [Foreign("piped.plugins.acme", str(ours), None)]


def test_all_our_doors_are_known_as_ours() -> None:
    assert {module.name for module in iter_modules([OWN])} == piped.plugins.OURS
