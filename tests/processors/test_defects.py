"""What was wrong with the processors of 2017 is not wrong with these: a test for each defect."""

from __future__ import annotations

from typing import Any

import pytest

from piped.testing import YamlEnvironment, run_yaml
from tests.processors.trying import pipeline, result


def test_a_missing_key_called_like_a_method_is_missing() -> None:
    assert result("eval-lambda: {input_path: items, lambda: 'i: 1'}", {}) == {}


def test_merging_needs_no_arguments() -> None:
    assert result("merge-with-dict: {dict: {b: 2}}", {"a": 1}) == {"a": 1, "b": 2}


def test_batons_share_no_value_that_was_set() -> None:
    for step in ("set-value: {path: a, value: [1]}", "set-values: {mapping: {a: [1]}}"):
        made = pipeline(step)
        [first], [second] = made.run({}), made.run({})
        assert first["a"] is not second["a"]


def test_no_items_come_to_an_end() -> None:
    text = "it: [for-each: {pipeline: .p, parallel: true, done_on_first: true}]\np: [passthrough]"
    assert run_yaml(text, []) == [None]


def test_the_first_output_of_a_mapping_has_no_keys() -> None:
    text = "it: [for-each: {pipeline: .p, done_on_first: true}]\np: [passthrough]"
    assert run_yaml(text, {"a": 7, "b": 8}) == [7]


async def test_a_pipeline_that_the_baton_names_leaves_nothing_behind() -> None:
    text = (
        "it: [run-pipeline: {pipeline_path: p, output_path: out, input_path: n}]\np: [passthrough]"
    )
    made = YamlEnvironment(text)
    manager = made.environment.dependency_manager
    async with made._single.running("it") as running:
        await running({"p": "p", "n": 1})  # makes the other pipeline, which stays
        before = len(manager.dependencies)
        for _ in range(5):
            found: Any = await running({"p": "p", "n": 1})
            assert found == [{"p": "p", "n": 1, "out": 1}]
        assert len(manager.dependencies) == before


def test_a_decider_with_a_wrong_index_says_which() -> None:
    with pytest.raises(IndexError, match="decided for 3"):
        result("lambda-decider: {lambda: 'n: 3'}, passthrough", 1)
