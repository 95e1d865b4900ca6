"""What is said when the import of a plugin fails."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from piped.catalogue.failures import broken, configuration_error, missing_package, said, trace
from piped.problems import Kind, Place, Problem
from tests.catalogue.world import World

PLACE = Place("app.yaml", 3, 5)


def failure(module: str) -> BaseException:
    with pytest.raises((Exception, SystemExit)) as caught:
        import_module(module)
    return caught.value


def problem_of(module: str) -> Problem:
    return broken(failure(module), module, PLACE)


def test_a_failure_is_a_problem_with_place_cause_and_way_out(world: World) -> None:
    world.write("mine.py", "1 / 0")
    problem = problem_of("mine")
    assert (problem.kind, problem.place) == (Kind.BROKEN_PLUGIN, PLACE)
    assert problem.message == "mine cannot be imported: ZeroDivisionError: division by zero"
    assert problem.hint == "Mend it, or leave it out: plugins.disabled: [mine]."


def test_the_traceback_begins_in_the_module(world: World) -> None:
    file = world.write("mine.py", "import other")
    other = world.write("other.py", "def burst():\n    1 / 0\n\nburst()")
    assert trace(failure("mine")).splitlines()[:6] == [
        "Traceback (most recent call last):",
        f'  File "{__file__}", line {failure.__code__.co_firstlineno + 2}, in failure',
        "    import_module(module)",
        f'  File "{file}", line 1, in <module>',
        "    import other",
        f'  File "{other}", line 4, in <module>',
    ]


CHAINED = """
    import importlib
    try:
        importlib.import_module("other")
    except ArithmeticError as error:
        raise OSError from error
"""


def test_nothing_of_the_import_system_is_shown_not_even_of_the_cause(world: World) -> None:
    world.write("mine.py", CHAINED)
    world.write("other.py", "1 / 0")
    text = trace(failure("mine"))
    assert "importlib/__init__" not in text
    assert "<frozen importlib" not in text
    assert "direct cause" in text


def test_a_syntax_error_is_shown_with_its_line(world: World) -> None:
    world.write("mine.py", "print 'hello'")
    problem = problem_of("mine")
    assert problem.message.startswith("mine cannot be imported: SyntaxError: ")
    assert "    print 'hello'\n    ^^^^^" in problem.detail


def test_an_exit_is_a_failure(world: World) -> None:
    world.write("mine.py", "raise SystemExit('too old')")
    assert problem_of("mine").message == "mine cannot be imported: SystemExit: too old"


def test_a_missing_library_is_named_with_the_way_to_it(world: World) -> None:
    world.write("mine.py", "import not_there.deep")
    problem = problem_of("mine")
    assert problem.message == "mine imports 'not_there', which is not there"
    assert problem.hint.startswith(
        "Install the library that has it, often: pip install not_there. Mend it,"
    )


INSIDE = {"of one's own": "pkg.nothing", "of a library that is there": "json.nothing"}


@pytest.mark.parametrize("missing", INSIDE.values(), ids=INSIDE)
def test_a_missing_module_within_a_package_is_nothing_to_install(
    world: World, missing: str
) -> None:
    world.write("pkg/__init__.py")
    world.write("pkg/mine.py", f"import {missing}")
    problem = problem_of("pkg.mine")
    assert problem.message == f"pkg.mine imports {missing!r}, which is not there"
    assert problem.hint == "Mend it, or leave it out: plugins.disabled: [pkg.mine]."


@pytest.mark.parametrize("importer", ["pkg", "pkg.mine"])
def test_an_import_in_the_manner_of_python_2_is_recognised(world: World, importer: str) -> None:
    world.write("pkg/sibling.py", "thing = 1")
    world.write("pkg/__init__.py")
    world.write("pkg/mine.py")
    file = {"pkg": "pkg/__init__.py", "pkg.mine": "pkg/mine.py"}[importer]
    world.write(file, "from sibling import thing")
    assert "from pkg import sibling." in problem_of(importer).hint


def test_looking_for_a_cure_imports_nothing(world: World) -> None:
    world.write("pkg/__init__.py", "import sys\nsys.path.append('imported')\nimport sibling")
    world.write("pkg/mine.py")
    broken(failure("pkg.mine"), "pkg.mine", PLACE)
    assert sys.path.count("imported") == 1


MARKS = {
    "from zope import interface\nclass A: interface.classProvides(int)": "provider",
    "from zope.interface import classProvides": "provider",
    "raise TypeError('Class advice impossible in Python3.')": "provider",
    "from zope import interface\nclass A: interface.implements(int)": "implementer",
}


@pytest.mark.parametrize(("code", "mark"), MARKS.items())
def test_an_old_mark_is_shown_as_it_is_written_now(world: World, code: str, mark: str) -> None:
    world.write("mine.py", code)
    hint = problem_of("mine").hint
    assert hint.startswith(f"Python 3 has the mark above the class: @zope.interface.{mark}(")


def test_an_exception_that_cannot_say_what_it_is_does_no_harm() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert said(Mute()).startswith("Mute")
    assert said(ValueError()) == "ValueError"
    assert said(ValueError("one\ntwo")) == "ValueError: one"


def missing(file: str = "tutorial.yaml") -> Problem:
    error = ModuleNotFoundError("No module named 'tutorial_bundle'", name="tutorial_bundle")
    return missing_package(error, "tutorial_bundle", PLACE, file)


def test_a_missing_bundle_is_a_problem_with_the_cure() -> None:
    problem = missing()
    assert problem.kind is Kind.MISSING_PACKAGE
    assert problem.place == PLACE
    assert problem.hint == (
        "Ensure that sys.path is set correctly. "
        "If it is in this folder: PYTHONPATH=. piped -nc tutorial.yaml"
    )


def test_a_missing_bundle_is_said_in_the_words_of_the_tutorial() -> None:
    assert str(configuration_error([missing()])) == (
        "\nERROR: No module named 'tutorial_bundle'"
        "\nDETAIL: 'tutorial_bundle' does not seem to be a valid package."
        "\nHINT: Ensure that sys.path is set correctly."
    )


def test_an_exception_has_all_problems_and_speaks_of_the_first(world: World) -> None:
    world.write("mine.py", "1 / 0")
    problems = [problem_of("mine"), missing()]
    error = configuration_error(problems)
    assert error.problems == tuple(problems)
    assert str(error) == (
        "\nERROR: mine cannot be imported: ZeroDivisionError: division by zero"
        "\nHINT: Mend it, or leave it out: plugins.disabled: [mine]."
    )
