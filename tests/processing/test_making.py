"""Making processors of steps, whatever the plugins are like."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from piped.catalogue import Catalogue, Plugin
from piped.options import Check
from piped.problems import Kind
from piped.processing.section import check_pipelines
from piped.processors.base import Processor
from tests.processing.yaml_nodes import nodes


class Picky(Processor):
    name = "picky"

    def __init__(self, *, size: int, **node: Any) -> None:
        super().__init__(**node)
        self.size = 1 / size


def check_of(text: str, target: str) -> Check:
    """What is found wrong with `text`, when there is one plugin."""
    plugin = Plugin("processor", "picky", "bundle mine", target)
    check = Check()
    nothing: MappingProxyType[str, Plugin] = MappingProxyType({})
    catalogue = Catalogue(MappingProxyType({"picky": plugin}), nothing, nothing)
    check_pipelines(nodes(text), catalogue, check)
    return check


def test_a_constructor_that_fails_is_a_problem_at_the_step() -> None:
    [problem] = check_of("it: [picky: {size: 0}]", f"{__name__}:Picky").problems
    assert problem.kind is Kind.WRONG_VALUE
    assert str(problem) == (
        "app.yaml:1:6: picky: it cannot be made of these options:"
        " ZeroDivisionError: division by zero"
    )


def test_a_plugin_that_cannot_be_loaded_is_one_problem_however_often_it_is_used() -> None:
    check = check_of("it: [picky, picky]", "no_such_module:Picky")
    [problem] = check.problems
    assert problem.kind is Kind.BROKEN_PLUGIN


def test_checking_leaves_the_owner_of_references_as_it_was() -> None:
    check = check_of("it: [picky: {size: 1}]", f"{__name__}:Picky")
    assert (check.problems, check.owner) == ([], "")


class Forgetful(Processor):
    name = "forgetful"

    def __init__(self, *, sizes: list[int], **node: Any) -> None:
        super().__init__(**node)
        self.count = len(sizes)


def test_a_path_that_the_processor_does_not_keep_is_a_problem() -> None:
    """Nobody would look for it in a baton."""
    [problem] = check_of("it: [picky: {sizes: !path a}]", f"{__name__}:Forgetful").problems
    assert str(problem) == ("app.yaml:1:6: picky: sizes cannot be taken from the baton by !path")
    assert check_of("it: [picky: {sizes: [1]}]", f"{__name__}:Forgetful").problems == []
