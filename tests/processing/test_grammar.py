"""What is a pipeline, what is a namespace, and what is neither."""

from __future__ import annotations

import pytest

from piped.problems import Problem
from piped.processing.definitions import Definition, Definitions
from piped.processing.grammar import read_pipelines
from tests.processing.yaml_nodes import nodes


def read(text: str) -> tuple[Definitions, list[Problem]]:
    problems: list[Problem] = []
    return read_pipelines(nodes(text), problems), problems


def definitions(text: str) -> Definitions:
    found, problems = read(text)
    assert problems == []
    return found


def complaints(text: str) -> list[str]:
    return list(map(str, read(text)[1]))


def only(text: str) -> Definition:
    [definition] = definitions(text)
    return definition


def test_names_are_joined_by_dots() -> None:
    found = definitions("{a: [x], b: {c: [x], d: {e: {consumers: [x]}}, f.g: [x]}, 404: [x]}")
    assert list(found.by_name) == ["a", "b.c", "b.d.e", "b.f.g", "404"]


def test_a_pipeline_may_have_a_sibling_whose_name_begins_with_its_own() -> None:
    assert list(definitions("{loop: [x], loop.body: [y]}").by_name) == ["loop", "loop.body"]


@pytest.mark.parametrize("text", ["", "~", "{}"])
def test_no_pipelines_are_no_problem(text: str) -> None:
    assert list(definitions(text or "null")) == []


#   a pipeline: how it is understood
FORMS = {
    "{a: [x, y]}": "a\n  chained_consumers:\n  - x\n  - y",
    "{a: {consumers: [x, y]}}": "a\n  consumers:\n  - x\n  - y",
    "{a: {consumers: []}}": "a",
    "{a: {chained_consumers: [x], consumers: [y], error_consumers: [e]}}": (
        "a\n  chained_consumers:\n  - x\n  consumers:\n  - y\n  error_consumers:\n  - e"
    ),
    "{a: {inherits: b, overrides: [{x: {o: 1}}]}}": "a inherits b\n  overrides:\n  - x {'o': 1}",
    "{a: {inherits: b}}": "a inherits b",
}


@pytest.mark.parametrize(("text", "understood"), FORMS.items(), ids=FORMS)
def test_forms_of_a_pipeline(text: str, understood: str) -> None:
    assert definitions(text).text() == understood


#   what is no pipeline: what is said of it
BROKEN = {
    "[x]": "1:1: pipelines must be a mapping of names to pipelines",
    "a: []": "1:1: a has no steps",
    "a: ": "1:1: a is empty: neither a pipeline nor a namespace of pipelines",
    "a: {}": "1:1: a is empty: neither a pipeline nor a namespace of pipelines",
    "a: {b: x}": "1:8: a.b is 'x', neither a pipeline nor a namespace of pipelines",
    "a: {b: 3}": "1:8: a.b is 3, neither a pipeline nor a namespace of pipelines",
    "a: {x: {}}": "1:5: a.x is empty: neither a pipeline nor a namespace of pipelines",
    "a: {error_consumers: [x]}": (
        "1:1: a has error consumers, but no step whose errors they could get"
    ),
    "a: {overrides: [x]}": ("1:5: a has overrides, but does not say which pipeline it inherits"),
    "a: {inherits: b, consumers: [x]}": "1:18: a has both 'inherits' and 'consumers'",
    "a: {inherits: [b]}": "1:15: a: inherits must be followed by the name of a pipeline",
    "a: {consumers: x}": "1:16: a: consumers must be a list of steps, not 'x'",
    "a: {consumers: }": "1:15: a: consumers must be a list of steps, not nothing",
    "a: {consumers: [x], error_consumer: [y]}": (
        "1:21: a has no key 'error_consumer' (did you mean 'error_consumers'?)"
    ),
    "a: {consumers: [x], b: [y]}": "1:21: a has no key 'b'",
    "a: {chained-consumers: [x]}": (
        "1:5: 'chained-consumers' cannot be the name of a pipeline"
        " (did you mean 'chained_consumers'?)"
    ),
    "consumers: [x]": "1:1: 'consumers' cannot be the name of a pipeline or a namespace",
    "a: {inline-pipeline: b}": (
        "1:5: 'inline-pipeline' cannot be the name of a pipeline or a namespace"
    ),
    "a..b: [x]": "1:1: 'a..b' is no name for a pipeline",
    "~: [x]": "1:1: 'None' is no name for a pipeline",
    "{a: {b: [x]}, a.b: [x]}": "1:15: there are two pipelines a.b; the other is at app.yaml:1:6",
}


@pytest.mark.parametrize(("text", "complaint"), BROKEN.items(), ids=BROKEN)
def test_nothing_is_passed_over(text: str, complaint: str) -> None:
    assert complaints(text) == [f"app.yaml:{complaint}"]


def test_a_pipeline_may_be_called_consumer() -> None:
    assert list(definitions("{amqp: {consumer: [x]}}").by_name) == ["amqp.consumer"]


def test_one_problem_does_not_hide_another() -> None:
    assert len(complaints("{a: [], b: [[]], c: {d: 1}}")) == 3
