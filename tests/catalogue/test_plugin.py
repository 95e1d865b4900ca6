"""A plugin, before and after it is imported."""

from __future__ import annotations

import sys

import pytest

from piped.catalogue.plugin import BUILT_IN, Plugin
from piped.exceptions import ConfigurationError
from piped.problems import Kind, Place, Problem
from tests.catalogue.world import World

PLACE = Place("app.yaml", 3, 5)


def plugin(target: str, origin: str = "entry point of acme") -> Plugin:
    return Plugin("processor", "uppercase", origin, target)


def problem_of(plugin: Plugin) -> Problem:
    with pytest.raises(ConfigurationError) as caught:
        plugin.load(PLACE)
    [problem] = caught.value.problems
    return problem


def test_it_is_imported_when_it_is_loaded(world: World) -> None:
    world.write("mine.py", "class Outer:\n    class Inner: pass")
    mine = plugin("mine:Outer.Inner")
    assert "mine" not in sys.modules
    assert mine.load().__qualname__ == "Outer.Inner"


def test_what_was_found_is_not_imported() -> None:
    assert Plugin("processor", "a", "bundle b", "not.there:A", found=int).load() is int


FAILURES = {
    "mine:Absent": "mine cannot be imported: AttributeError: "
    "module 'mine' has no attribute 'Absent'",
    "mine:number": "mine cannot be imported: TypeError: "
    "mine:number is neither a class nor a function",
    "mine": "mine cannot be imported: TypeError: mine is neither a class nor a function",
    "burst:A": "burst cannot be imported: ZeroDivisionError: division by zero",
    "absent:A": "absent is not there",
}


@pytest.mark.parametrize(("target", "message"), FAILURES.items())
def test_a_failure_names_the_distribution(world: World, target: str, message: str) -> None:
    world.write("mine.py", "number = 7")
    world.write("burst.py", "1 / 0")
    problem = problem_of(plugin(target))
    assert (problem.kind, problem.place) == (Kind.BROKEN_PLUGIN, PLACE)
    assert problem.message == f"processor 'uppercase' (entry point of acme): {message}"
    assert problem.detail.splitlines()[-1].split(":")[0].endswith("Error")


def test_a_failure_keeps_its_cause(world: World) -> None:
    world.write("burst.py", "1 / 0")
    with pytest.raises(ConfigurationError) as caught:
        plugin("burst:A").load()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_built_in_plugin_without_its_library_says_what_to_install(world: World) -> None:
    world.write("mine.py", "import zmq_that_is_not_there")
    problem = problem_of(plugin("mine:A", BUILT_IN))
    assert problem.kind is Kind.MISSING_EXTRA
    assert problem.message == (
        "processor 'uppercase' needs a library that is not there: "
        "ModuleNotFoundError: No module named 'zmq_that_is_not_there'"
    )
    assert "pip install 'piped[all]'" in problem.hint


def test_a_module_that_says_itself_what_to_install_is_believed(world: World) -> None:
    world.write("mine.py", "raise ImportError(\"pip install 'piped[zmq]'\")")
    problem = problem_of(plugin("mine:A", BUILT_IN))
    assert problem.kind is Kind.MISSING_EXTRA
    assert problem.message.endswith("ImportError: pip install 'piped[zmq]'")
    assert problem.hint == ""


def test_a_module_of_ours_that_is_missing_is_nothing_to_install() -> None:
    assert problem_of(plugin("piped.absent:A", BUILT_IN)).kind is Kind.BROKEN_PLUGIN


def test_the_summary_is_the_first_paragraph_of_the_docstring(world: World) -> None:
    world.write("mine.py", 'def f():\n    """\n    Makes it\n    loud.\n    \n    More.\n    """')
    assert plugin("mine:f").summary == "Makes it loud."


def test_without_a_docstring_there_is_no_summary(world: World) -> None:
    world.write("mine.py", 'class A:\n    """Base."""\nclass B(A): pass')
    assert plugin("mine:B").summary == ""


def test_the_summary_of_what_cannot_be_loaded_says_why() -> None:
    assert plugin("absent:A").summary == (
        "processor 'uppercase' (entry point of acme): absent is not there"
    )
