"""Reading by types and schemas."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, strategies as st

from piped.conf.nodes import Entry, Mapping, Node, Origin, Scalar, Sequence
from piped.options import INVALID, Check, Duration, Lambda, Reference, ResourceName, schema_of
from piped.problems import Kind, Place
from tests.options.reading import node
from tests.options.test_convert import EVERY_TYPE


class Paths:
    def __init__(self, *, input_path: str = "", node_name: str | None = None) -> None: ...


class Parser(Paths):
    def __init__(
        self, *, format_string: str, as_date: bool = False, lambda_: Lambda | None = None, **kw: Any
    ) -> None:
        """format_string: as `strptime` has it"""


class Old:
    def __init__(self, name, **kw):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN204 - as one of 2011
        """As they were."""


def options(text: str, factory: Any = Parser, **more: Any) -> tuple[Any, list[str]]:
    check = Check()
    at = Place("app.yaml", 9, 3)
    found = check.options(node(text), schema_of(factory), "parse-datetime", at=at, **more)
    return found, [str(problem) for problem in check.problems]


def test_options_come_by_parameter() -> None:
    found, problems = options("{format_string: '%d', input_path: a, lambda: 'x: x'}")
    assert found == {"format_string": "%d", "input_path": "a", "lambda_": Lambda("x: x")}
    assert problems == []


def test_unknown_missing_and_wrong_options_are_found_at_once() -> None:
    found, problems = options("{formt_string: x, as_date: 1, input_path: 2}")
    assert found is INVALID
    assert problems == [
        "app.yaml:1:2: parse-datetime has no option 'formt_string' (did you mean 'format_string'?)",
        "app.yaml:1:28: parse-datetime.as_date: expected true or false, got 1",
        "app.yaml:1:43: parse-datetime.input_path: expected text, got 2",
        "app.yaml:9:3: parse-datetime needs the option 'format_string'",
    ]


def test_the_name_of_a_parameter_is_no_option() -> None:
    _, problems = options("{format_string: x, lambda_: 'x: x'}")
    assert problems == [
        "app.yaml:1:20: parse-datetime has no option 'lambda_' (did you mean 'lambda'?)"
    ]


def test_options_that_nobody_knows_are_let_through_to_who_takes_them() -> None:
    found, problems = options("{name: a, retries: 3, deep: {a: [1]}}", Old)
    assert found == {"name": "a", "retries": 3, "deep": {"a": [1]}}
    assert problems == []


def test_nothing_means_no_options() -> None:
    assert options("null", Paths) == ({}, [])


def test_a_list_is_no_options() -> None:
    found, problems = options("[a]", Paths)
    assert found is INVALID
    assert problems == ["app.yaml:1:1: parse-datetime: expected options by name, got a list"]


def test_a_path_into_the_baton_fits_where_the_owner_says() -> None:
    text = "{format_string: !path a, as_date: !path b}"
    assert options(text, dynamic=True) == ({"format_string": "a", "as_date": "b"}, [])
    found, problems = options(text)
    assert found is INVALID
    assert problems[0].endswith("parse-datetime.format_string: expected text, got !path a")


def test_the_path_of_a_wrong_value_is_its_key_path() -> None:
    check = Check()
    check.convert(
        node("{poll: {interval: soon}}"), dict[str, dict[str, Duration]], "ticks.interval"
    )
    assert [problem.message for problem in check.problems] == [
        "ticks.interval.poll.interval: expected a duration like 1.5s, got 'soon'"
    ]


def test_a_value_that_is_about_nothing_begins_with_itself() -> None:
    check = Check()
    check.convert(node("soon"), Duration)
    assert check.problems[0].message == "expected a duration like 1.5s, got 'soon'"


def test_references_are_collected_with_their_owner() -> None:
    check = Check()
    check.owner = "web.hello"
    check.convert(node("[context.a, b]"), list[ResourceName])
    assert check.references == [
        Reference("resource", "context.a", Place("app.yaml", 1, 2), "web.hello"),
        Reference("resource", "b", Place("app.yaml", 1, 13), "web.hello"),
    ]


def test_a_type_that_nothing_can_become_is_the_plugins_fault() -> None:
    def odd(*, when: timedelta) -> None: ...

    check = Check()
    assert check.convert(node("1"), timedelta, "x") is INVALID
    assert check.options(node("{when: 1}"), schema_of(odd), "odd", at=None) is INVALID
    assert {problem.kind for problem in check.problems} == {Kind.BROKEN_PLUGIN}
    expected = "no value of a configuration can become <class 'datetime.timedelta'>"
    assert check.problems[0].message == f"x: {expected}"


ORIGIN = Origin(Place("app.yaml", 1, 1))
KEYS = st.text(max_size=3) | st.integers() | st.booleans() | st.none()
SCALARS = st.builds(Scalar, KEYS | st.floats() | st.just(10**400), st.just(ORIGIN))


def nested(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def mapping(entries: dict[Any, Node]) -> Mapping:
        return Mapping({key: Entry(value, ORIGIN.place) for key, value in entries.items()}, ORIGIN)

    lists = st.lists(inner, max_size=3).map(lambda items: Sequence(tuple(items), ORIGIN))
    return lists | st.dictionaries(KEYS, inner, max_size=3).map(mapping)


NODES: st.SearchStrategy[Node] = st.recursive(SCALARS, nested, max_leaves=6)


@given(NODES, st.sampled_from(EVERY_TYPE), st.booleans())
def test_conversion_gives_a_value_or_a_problem_and_never_fails(
    node: Node, type_: Any, dynamic: bool
) -> None:
    check = Check()
    found = check.convert(node, type_, "x", dynamic=dynamic)
    assert (found is INVALID) == bool(check.problems)
    if check.problems:
        assert check.take_back((0, 0))


@given(NODES)
def test_options_are_read_or_are_a_problem(node: Node) -> None:
    check = Check()
    found = check.options(node, schema_of(Parser), "parse", at=node)
    assert (found is INVALID) == bool(check.problems)
