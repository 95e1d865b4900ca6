"""The folders of the tutorial: how they are when a step is done, and other spellings."""

from __future__ import annotations

import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.commands import SOURCE, piped
from tests.processes import run

STEPS = Path(__file__).parents[2] / "examples" / "tutorial"
HERE = f"{SOURCE}:."

BY_ITS_BASE = """
from piped.processors import base

class Uppercaser(base.InputOutputProcessor):
    name = "uppercase"

    def process_input(self, input, baton):
        return input.upper()
"""
BY_ITS_MARK_ALONE = """
from zope import interface
from piped import processing

@interface.provider(processing.IProcessor)
class Uppercaser:
    name = "uppercase"

    def __init__(self, input_path):
        pass

    def configure(self, runtime_environment):
        pass

    def process(self, baton):
        return baton
"""
AS_A_FUNCTION = """
from piped import processor

@processor("uppercase")
def upper(input):
    return input.upper()
"""
AS_IT_WAS_IN_2011 = """
from zope import interface
from piped import processing
from piped.processors import base

class Uppercaser(base.InputOutputProcessor):
    interface.classProvides(processing.IProcessor)
    name = 'uppercase'
"""


def configurations() -> list[str]:
    """Those that are programs: what a file includes may not be one by itself."""
    files = [each for each in sorted(STEPS.rglob("*.yaml")) if "visualize-" not in each.name]
    return [str(each.relative_to(STEPS)) for each in files]


@pytest.mark.parametrize("name", configurations())
def test_nothing_is_wrong_with_a_step(name: str) -> None:
    file = STEPS / name
    answer = piped(file.parent, "check", file.name, PYTHONPATH=HERE)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "nothing in it" not in answer.stdout


@pytest.mark.parametrize("text", [BY_ITS_BASE, BY_ITS_MARK_ALONE, AS_A_FUNCTION])
def test_a_processor_may_be_written_in_other_ways(tmp_path: Path, text: str) -> None:
    answer = checked(tmp_path, text)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_how_it_was_marked_under_python_2_is_answered_with_how_it_is_marked_now(
    tmp_path: Path,
) -> None:
    answer = checked(tmp_path, AS_IT_WAS_IN_2011)
    assert answer.returncode == 78
    assert "@zope.interface.provider(IProcessor)" in answer.stdout + answer.stderr


def checked(folder: Path, processors: str) -> CompletedProcess[str]:
    """What `piped check` says of the third step with those processors."""
    shutil.copytree(STEPS / "3_processor", folder / "step")
    (folder / "step" / "tutorial_bundle" / "processors.py").write_text(processors)
    return piped(folder / "step", "check", "tutorial.yaml", PYTHONPATH=HERE)


def test_the_port_is_8080_unless_it_is_said() -> None:
    said = piped(STEPS / "1_static", "describe", "web").stdout
    assert "8080" in said


def test_status_tests_are_there_under_both_names() -> None:
    code = """
        import piped_status_testing.statustest
        from piped.plugins.status_testing import statustest
        print(statustest.StatusTestCase is piped_status_testing.statustest.StatusTestCase)
    """
    done = run(code)
    assert (done.stdout, done.stderr) == ("True\n", "")
