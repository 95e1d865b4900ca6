"""The limits of a pipeline: how they are written, inherited, and what they come to."""

from __future__ import annotations

import pytest

from piped.options import Check
from piped.processing.capacity import Capacity
from piped.processing.section import Pipelines
from tests.processing.trying import complaints, pipelines_of
from tests.processing.yaml_nodes import nodes


def capacity(text: str, name: str = "it") -> Capacity | None:
    return pipelines_of(nodes(text)).graphs[name].capacity


#   what is written beside the steps: what it comes to
LIMITS = {
    "": None,
    "concurrency: 4": Capacity(4, None, "wait"),
    "concurrency: 4, overflow: wait": Capacity(4, None, "wait"),
    "concurrency: 4, queue: 9": Capacity(4, 9, "fail"),
    "concurrency: 4, queue: 0": Capacity(4, 0, "fail"),
    "concurrency: 4, queue: 9, overflow: fail": Capacity(4, 9, "fail"),
    "concurrency: 4, overflow: fail": Capacity(4, 0, "fail"),
    "concurrency: 1, overflow: drop-newest": Capacity(1, 0, "drop-newest"),
    "concurrency: 1, queue: 2, overflow: drop-newest": Capacity(1, 2, "drop-newest"),
    "concurrency: 1, queue: 2, overflow: drop-oldest": Capacity(1, 2, "drop-oldest"),
    "concurrency: ~": None,
}


@pytest.mark.parametrize(("limits", "comes_to"), LIMITS.items(), ids=LIMITS)
def test_what_limits_come_to(limits: str, comes_to: Capacity | None) -> None:
    assert capacity(f"it: {{consumers: [passthrough], {limits}}}") == comes_to


#   a pipeline, or more: what is said of it
WRONG = {
    "a: {concurrency: 0, consumers: [passthrough]}": (
        "1:18: a.concurrency: expected a whole number from 1 on, got 0"
    ),
    "a: {concurrency: [x], consumers: [passthrough]}": (
        "1:18: a.concurrency: expected a whole number, got a list"
    ),
    "a: {concurrency: 0, queue: 3, consumers: [passthrough]}": (
        "1:18: a.concurrency: expected a whole number from 1 on, got 0"
    ),
    "a: {concurrency: 1, queue: -1, consumers: [passthrough]}": (
        "1:28: a.queue: expected a whole number from 0 on, got -1"
    ),
    "a: {concurrency: 1, overflow: drop, consumers: [passthrough]}": (
        "1:31: a.overflow: expected one of 'wait', 'fail', 'drop-newest', 'drop-oldest', got 'drop'"
    ),
    "a: {queue: 1, consumers: [passthrough]}": (
        "1:5: a has queue, but no concurrency: nobody ever has to wait"
    ),
    "a: {concurrency: 1, queue: 1, overflow: wait, consumers: [passthrough]}": (
        "1:31: a has a queue with an end, and yet one more is to wait"
    ),
    "a: {concurrency: 1, overflow: drop-oldest, consumers: [passthrough]}": (
        "1:21: a is to drop the oldest that waits, but nobody can wait"
    ),
    "a: {concurrency: 1, queue: 0, overflow: drop-oldest, consumers: [passthrough]}": (
        "1:31: a is to drop the oldest that waits, but nobody can wait"
    ),
    "a: {concurency: 1, consumers: [passthrough]}": (
        "1:5: a has no key 'concurency' (did you mean 'concurrency'?)"
    ),
    "a: {concurrency: 1}": (
        "1:18: a.concurrency is 1, neither a pipeline nor a namespace of pipelines"
    ),
    "a: {overflow: wait}": (
        "1:15: a.overflow is 'wait', neither a pipeline nor a namespace of pipelines"
    ),
    "{a: {concurrency: 1, queue: 1, consumers: [passthrough]}, b: {inherits: a, overflow: wait}}": (
        "1:76: b has a queue with an end, and yet one more is to wait"
    ),
    "{a: {concurrency: 1, consumers: [passthrough]}, b: [passthrough, inline-pipeline: a]}": (
        "1:83: the limits of a do not count here, in a copy of its steps"
    ),
}


@pytest.mark.parametrize(("text", "said"), WRONG.items(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_place(text: str, said: str) -> None:
    assert complaints(text) == [said]


def test_a_limit_without_steps_is_told_where_it_belongs() -> None:
    check = Check()
    Pipelines.from_node(nodes("a: {concurrency: 1}"), check)
    assert "beside `consumers`" in check.problems[0].hint


@pytest.mark.parametrize("name", ["concurrency", "queue", "overflow"])
def test_a_pipeline_may_be_called_like_a_limit(name: str) -> None:
    assert list(pipelines_of(nodes(f"mail: {{{name}: [passthrough]}}")).graphs) == [f"mail.{name}"]


PARENT = "parent: {concurrency: 2, queue: 5, consumers: [passthrough]}\n"


@pytest.mark.parametrize(
    ("limits", "comes_to"),
    [
        ("", Capacity(2, 5, "fail")),
        ("concurrency: 3", Capacity(3, 5, "fail")),
        ("overflow: drop-oldest", Capacity(2, 5, "drop-oldest")),
        ("queue: ~, overflow: wait", Capacity(2, None, "wait")),
        ("concurrency: ~, queue: ~", None),
    ],
)
def test_an_heir_has_the_limits_that_it_does_not_change(
    limits: str, comes_to: Capacity | None
) -> None:
    text = f"{PARENT}it: {{inherits: parent, {limits}}}\ngrandchild: {{inherits: it}}"
    assert capacity(text) == comes_to
    assert capacity(text, "grandchild") == comes_to


def test_whoever_inlines_a_pipeline_keeps_limits_of_its_own() -> None:
    text = "{it: {concurrency: 3, consumers: [inline-pipeline: b]}, b: [passthrough]}"
    assert capacity(text) == Capacity(3)


def test_limits_are_printed_at_both_stages() -> None:
    pipelines = pipelines_of(nodes(f"{PARENT}it: {{inherits: parent, queue: ~}}"))
    assert pipelines.definitions.text() == (
        "parent\n  concurrency: 2\n  queue: 5\n  consumers:\n  - passthrough\n\n"
        "it inherits parent\n  queue: null"
    )
    assert [graph.text().splitlines()[0] for graph in pipelines.graphs.values()] == [
        "parent (concurrency 2, queue 5, overflow fail)",
        "it (concurrency 2, overflow wait)",
    ]
