"""The ways to write a step, and the ways to get it wrong."""

from __future__ import annotations

import pytest

from piped.conf.nodes import plain
from piped.problems import Problem
from piped.processing.definitions import Does, StepDefinition
from piped.processing.step_grammar import StepReader
from tests.processing.yaml_nodes import nodes


def read(text: str) -> tuple[StepDefinition | None, list[str]]:
    problems: list[Problem] = []
    step = StepReader("home", problems).step(nodes(text))
    return step, list(map(str, problems))


def step(text: str) -> StepDefinition:
    found, problems = read(text)
    assert found is not None
    assert problems == []
    return found


#   a step: its name, its options
PROCESSORS = {
    "wait": {},
    "{wait: }": {},
    "{wait: {}}": {},
    "wait:": {},
    "{wait: {delay: 1}}": {"delay": 1},
    "{wait: {delay: 1}, unit: s}": {"delay": 1, "unit": "s"},
    "{__processor__: wait, delay: 1, table: {a: {}}}": {"delay": 1, "table": {"a": {}}},
    "{wait: {__processor__x: 1}}": {"__processor__x": 1},
    "{wait: , consumers: []}": {},
    "{wait: {id: me, delay: 1}}": {"delay": 1},
    "{wait: {delay: 1, consumer: [1]}}": {"delay": 1, "consumer": [1]},
    "{wait: {inherits: 1}}": {"inherits": 1},
}


@pytest.mark.parametrize(("text", "options"), PROCESSORS.items(), ids=PROCESSORS)
def test_forms_of_a_step_with_a_processor(text: str, options: dict[str, object]) -> None:
    found = step(text)
    assert (found.does, found.name, plain(found.options)) == (Does.PROCESS, "wait", options)


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("existing: me", Does.GO_TO),
        ("inline-pipeline: me", Does.INLINE),
        ("inline-pipeline: {pipeline: me}", Does.INLINE),
        ("__processor__: me", Does.PROCESS),
    ],
)
def test_marked_forms(text: str, does: Does) -> None:
    found = step(text)
    assert (found.does, found.name) == (does, "me")


@pytest.mark.parametrize("text", ["{x: {id: 7, consumers: [y]}}", "{x: {}, id: 7, consumers: [y]}"])
def test_id_and_followers_may_stand_inside_or_beside(text: str) -> None:
    found = step(text)
    assert found.id == "7"
    assert [each.name for each in found.followers.consumers] == ["y"]


def test_what_is_below_the_name_wins_with_a_warning() -> None:
    found, problems = read("{wait: {delay: 1}, delay: 2}")
    assert found is not None
    assert plain(found.options) == {"delay": 1}
    assert problems == [
        "app.yaml:1:20: 'delay' stands both below wait and beside it; what is below counts"
    ]


def test_a_step_knows_where_it_is_written() -> None:
    found = step("consumers: []\nwait: {delay: 1}")
    assert str(found.place) == "app.yaml:2:1"
    assert found.home == "home"


BROKEN = {
    "3": "1:1: expected a step of home, not 3",
    "''": "1:1: expected a step of home, not ''",
    "~": "1:1: expected a step of home, not nothing",
    "[x]": "1:1: expected a step of home, not a list",
    "{}": "1:1: a step of home has no name",
    "{consumers: [x]}": "1:1: a step of home has no name",
    "wait: 3": "1:1: 'wait' has 3 where the options of a processor belong",
    "exsting: me": (
        "1:1: 'exsting' has 'me' where the options of a processor belong (did you mean 'existing'?)"
    ),
    "{a: {}, b: {}}": "1:9: it is not clear which is the processor: 'a' or 'b'",
    "{a: , b: }": "1:7: it is not clear which is the processor: 'a' or 'b'",
    "{existing: a, inline-pipeline: b}": "1:15: a step has both 'existing' and 'inline-pipeline'",
    "existing: [a]": "1:11: existing must be followed by a name, not a list",
    "existing:": "1:10: existing must be followed by a name, not nothing",
    "{existing: a, id: b}": "1:15: existing: a cannot have an id",
    "{existing: a, consumer: []}": (
        "1:15: existing: a has no option 'consumer' (did you mean 'consumers'?)"
    ),
    "inline-pipeline: {}": "1:18: inline-pipeline needs 'pipeline', the name of one",
    "inline-pipeline: {pipeline: a, whit: {}}": (
        "1:32: inline-pipeline has no 'whit' (did you mean 'with'?)"
    ),
    "x: {existing: a}": "1:5: 'existing' stands among the options of x",
    "x: {error_consumer: [y]}": (
        "1:5: x has no option 'error_consumer' (did you mean 'error_consumers'?)"
    ),
    "x: {consumers: y}": "1:16: x: consumers must be a list of steps, not 'y'",
    "x: {id: {}}": "1:9: id must be followed by a name, not a mapping",
}


@pytest.mark.parametrize(("text", "complaint"), BROKEN.items(), ids=BROKEN)
def test_what_is_no_step(text: str, complaint: str) -> None:
    assert read(text)[1] == [f"app.yaml:{complaint}"]
