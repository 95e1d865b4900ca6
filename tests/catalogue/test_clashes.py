"""Two things under one name."""

from __future__ import annotations

from piped.catalogue.clashes import are_same, clash, hidden
from piped.catalogue.plugin import Plugin
from piped.problems import Kind, Place
from tests.catalogue.world import World

PLACE = Place("app.yaml", 3, 5)


def plugin(target: str, origin: str = "built in") -> Plugin:
    return Plugin("processor", "up", origin, target)


def test_an_object_is_itself_by_whatever_name_it_is_reached(world: World) -> None:
    world.write("mine.py", "def up(): ...\ndef down(): ...\nalias = up")
    assert are_same(plugin("mine:up"), plugin("mine:alias"))
    assert not are_same(plugin("mine:up"), plugin("mine:down"))


def test_what_cannot_be_imported_is_judged_by_its_target() -> None:
    assert are_same(plugin("absent:A"), plugin("absent:A"))
    assert not are_same(plugin("absent:A"), plugin("absent:B"))


def test_two_of_one_place_in_the_code_are_two(world: World) -> None:
    world.write(
        "mine.py", "def make():\n    class A: ...\n    return A\none, other = make(), make()"
    )
    assert not are_same(plugin("mine:one"), plugin("mine:other"))


def test_a_clash_names_file_and_line_of_both(world: World) -> None:
    one = world.write("one.py", "class Up: ...")
    two = world.write("two.py", "\n\n\n# comment\ndef up(): ...")
    problem = clash(plugin("one:Up"), plugin("two:up"), PLACE)
    assert (problem.kind, problem.place) == (Kind.PLUGIN_CLASH, PLACE)
    assert problem.message == (
        f"processor 'up' is there twice: one.Up ({one}:1), and two.up ({two}:2)"
    )
    assert problem.hint == "Rename one, or leave one out: plugins.disabled: [two]."


def test_of_what_has_no_lines_the_origin_is_named() -> None:
    problem = clash(plugin("absent:A"), plugin("math:sin", "entry point of acme"), None)
    assert problem.message == (
        "processor 'up' is there twice: absent.A (built in), and math.sin (entry point of acme)"
    )


def test_of_two_in_one_module_none_can_be_left_out() -> None:
    assert clash(plugin("absent:A"), plugin("absent:B"), None).hint == "Rename one."


def test_a_module_that_is_hidden_names_both_folders() -> None:
    problem = hidden("piped.plugins.acme", "/a", Place("/b"))
    assert problem.kind is Kind.PLUGIN_CLASH
    assert problem.message == "piped.plugins.acme is there twice: in /a, and in /b"
