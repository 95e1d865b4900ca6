"""Options by name, and dataclasses made of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from piped.exceptions import ConfigurationError
from piped.options import INVALID, Check, PipelineName, describe_type, schema_of
from piped.problems import Kind, Place, Problem
from tests.options.reading import node, problem_of, problems_of, value_of


@dataclass(frozen=True)
class Poll:
    interval: float
    jitter: float = 0.0


@dataclass
class Ticks:
    poll: Poll
    children: list[Ticks] = field(default_factory=list)
    processor: PipelineName | None = None


@dataclass
class Range:
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")
        if self.high > 1000:
            found = Problem(Kind.CONFLICTING_OPTIONS, None, "high is too high")
            raise ConfigurationError("no range", problems=[found])
        if self.high > 100:
            raise ConfigurationError("high is high")


@dataclass
class Empty:
    a: int = 1


def test_a_mapping_becomes_an_instance() -> None:
    text = "{poll: {interval: 5}, children: [{poll: {interval: 1.5, jitter: 1}}], processor: .a}"
    assert value_of(text, Ticks) == Ticks(Poll(5.0), [Ticks(Poll(1.5, 1.0))], ".a")


def test_nothing_means_no_options() -> None:
    assert value_of("null", Empty) == Empty()
    assert value_of("{}", Empty) == Empty()
    assert value_of("null", Empty | None) is None
    assert problem_of("null", Poll) == "x needs the option 'interval'"


def test_all_problems_at_once_each_at_its_place() -> None:
    assert problems_of("{pol: 1, children: [{poll: {jitter: x}}, a], processor: a..b}", Ticks) == [
        "app.yaml:1:2: x has no option 'pol' (did you mean 'poll'?)",
        "app.yaml:1:37: x.children.0.poll.jitter: expected a number, got 'x'",
        "app.yaml:1:28: x.children.0.poll needs the option 'interval'",
        "app.yaml:1:42: x.children.1: expected options by name, got 'a'",
        (
            "app.yaml:1:57: x.processor: expected the name of a pipeline like web.hello or .hello,"
            " got 'a..b'"
        ),
        "app.yaml:1:1: x needs the option 'poll'",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{low: 2, high: 1}", "x: low is above high"),
        ("{low: 2, high: 101}", "x: high is high"),
        ("{low: 2, high: 1001}", "high is too high"),
        ("[1, 2]", "x: expected options by name, got a list | it has 'low', 'high'"),
    ],
)
def test_what_the_class_itself_finds_wrong(text: str, problem: str) -> None:
    assert problem_of(text, Range) == problem


def test_a_path_into_the_baton_stands_for_the_whole() -> None:
    assert value_of("[!path a]", list[Poll], dynamic=True) == ["a"]
    assert value_of("{interval: !path a}", Poll, dynamic=True) == Poll("a")  # type: ignore[arg-type]  # found in the baton later


def test_words() -> None:
    assert describe_type(Poll) == "mapping with 'interval', 'jitter'"


def keep(*, tags: list[str] = [], limits: dict[str, int] = {}, size: int = 3) -> None:  # noqa: B006 - this is about them
    """Has defaults that can be changed.

    size: how many
    """


def test_mutable_defaults_are_each_askers_own() -> None:
    check, schema = Check(), schema_of(keep)
    first, second = (check.options(node("{tags: [a]}"), schema, "keep", at=None) for _ in range(2))
    assert first == {"tags": ["a"], "limits": {}}
    first["limits"]["a"] = 1
    assert second["limits"] == {}
    assert keep.__kwdefaults__ == {"tags": [], "limits": {}, "size": 3}


def test_what_has_no_options_says_so() -> None:
    check = Check()
    schema = schema_of(lambda: None)
    assert check.options(node("{a: 1}"), schema, "stop", at=Place("x")) is INVALID
    [problem] = check.problems
    assert (problem.message, problem.hint) == ("stop has no option 'a'", "it has no options")


def test_keys_that_are_no_text_are_no_options() -> None:
    check = Check()
    check.options(node("{1: a, null: b}"), schema_of(keep), "keep", at=None)
    assert [problem.message for problem in check.problems] == [
        "keep has no option 1",
        "keep has no option None",
    ]
    assert check.problems[0].hint == "it has 'tags', 'limits', 'size'"


def listen(*, port: int) -> None:
    """Listen.

    port: where to listen
    """


def test_a_missing_option_comes_with_its_help() -> None:
    check = Check()
    check.options(node("null"), schema_of(listen), "listen", at=Place("app.yaml", 3, 3))
    [problem] = check.problems
    assert str(problem) == "app.yaml:3:3: listen needs the option 'port'"
    assert problem.hint == "port: where to listen"
