"""Pipelines that are written in a test."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from piped.exceptions import ConfigurationError
from piped.processors.base import Processor
from piped.testing import Fake, ManualClock, YamlEnvironment, check_yaml, run_yaml

CONFIGURATION = """\
contexts: {settings: {a: 1}}
pipelines:
    main: [fetch-context: {context: settings, output_path: s}]
    other: [passthrough]
"""


def test_a_list_is_a_pipeline() -> None:
    assert run_yaml("- eval-lambda: {lambda: 'n: n + 1'}", 1) == [2]


def test_so_is_a_mapping_with_consumers() -> None:
    assert run_yaml("consumers: [passthrough, passthrough]", 1) == [1, 1]


def test_several_have_names_and_the_first_is_run() -> None:
    text = "a: [run-pipeline: {pipeline: b.c}]\nb: {c: [eval-lambda: {lambda: 'n: n * 2'}]}"
    assert run_yaml(text, 21) == [42]
    assert run_yaml(text, 1, "b.c") == [2]


def test_a_configuration_may_be_whole() -> None:
    assert run_yaml(CONFIGURATION, {}) == [{"s": {"a": 1}}]
    assert run_yaml(CONFIGURATION, 1, "other") == [1]


def test_no_time_passes_however_long_a_step_waits() -> None:
    began = time.monotonic()
    assert run_yaml("- wait: {delay: 1000h}", 1) == [1]
    assert time.monotonic() - began < 10


def test_what_a_step_raises_is_raised() -> None:
    with pytest.raises(KeyError, match="x"):
        run_yaml("- raise-exception: {type: KeyError, args: x}", {})


def test_what_is_wrong_is_raised_before_anything_runs() -> None:
    with pytest.raises(ConfigurationError, match="2 things are wrong"):
        run_yaml("- pasthrough\n- logg", {})


async def test_within_a_loop_it_says_what_to_use() -> None:
    with pytest.raises(RuntimeError, match="await YamlEnvironment"):
        run_yaml("- passthrough", {})


def test_problems_have_the_places_of_the_text() -> None:
    assert check_yaml("- pasthrough\n- set-value: {pth: x, value: 1}") == [
        "pipeline.yaml:1:3: processor 'pasthrough' is unknown (did you mean 'passthrough'?)",
        "pipeline.yaml:2:15: set-value has no option 'pth' (did you mean 'path'?)",
        "pipeline.yaml:2:3: set-value needs the option 'path'",
    ]
    assert check_yaml("- passthrough") == []


def test_so_do_those_of_what_is_no_yaml() -> None:
    [problem] = check_yaml("- [passthrough")
    assert problem.startswith("pipeline.yaml:")


@pytest.mark.parametrize("text", ["", "just a word", "42"])
def test_what_is_no_pipeline_at_all_is_said_to_be(text: str) -> None:
    with pytest.raises(ConfigurationError):
        run_yaml(text, {})


def test_a_resource_has_its_stand_in() -> None:
    text = "- fetch-context: {context: settings, output_path: s}"
    assert check_yaml(text) != []
    fakes = {"context.settings": "fake"}
    assert check_yaml(text, **fakes) == []
    assert run_yaml(text, {}, **fakes) == [{"s": "fake"}]


def test_one_that_would_be_there_has_too() -> None:
    assert run_yaml(CONFIGURATION, {}, **{"context.settings": 7}) == [{"s": 7}]


def test_a_processor_has_its_stand_in_with_any_options() -> None:
    fetch = Fake(lambda baton: {**baton, "price": 42})
    text = "- fetch-price: {url: anywhere}\n- set-value: {path: price, value: 0}"
    assert run_yaml(text, {"id": 1}, fetch_price=fetch) == [{"id": 1, "price": 0}]
    assert fetch.batons == [{"id": 1}]


def test_it_may_take_the_place_of_one_that_is_there() -> None:
    passthrough = Fake()
    assert run_yaml("- passthrough", 1, passthrough=passthrough) == [1]
    assert passthrough.batons == [1]


def test_a_fake_may_fail_and_may_wait() -> None:
    async def later(baton: Any) -> Any:
        await asyncio.sleep(0)
        return baton + 1

    assert run_yaml("- x", 1, x=later) == [2]
    with pytest.raises(OSError, match="down"):
        run_yaml("- x", 1, x=Fake(fails=OSError("down")))


def test_a_class_is_a_processor_with_its_own_options() -> None:
    class Add(Processor):
        name = "add"

        def __init__(self, *, n: int, **node: Any) -> None:
            super().__init__(**node)
            self.n = n

        def process(self, baton: Any) -> Any:
            return baton + self.n

    assert run_yaml("- add: {n: 2}", 1, add=Add) == [3]
    assert check_yaml("- add: {n: many}", add=Add) != []


def test_what_cannot_be_called_is_no_processor() -> None:
    with pytest.raises(TypeError, match="the path of a resource has a dot"):
        run_yaml("- x", 1, x=42)


async def test_an_environment_runs_many_batons() -> None:
    environment = YamlEnvironment(
        "contexts: {seen: {n: 0}}\n"
        "pipelines:\n"
        "    it: [fetch-context: {context: seen, output_path: seen},"
        " increment-counter: {counter_path: seen.n}]"
    )
    assert await environment.run({}) == [{"seen": {"n": 1}}]
    assert await environment.run({}) == [{"seen": {"n": 2}}]
    assert environment.exit_code is None


async def test_its_clock_may_be_the_tests_own() -> None:
    clock = ManualClock()
    before = clock.time()
    await YamlEnvironment("- wait: {delay: 90}", clock=clock).run(1)
    assert clock.time() - before == 90


async def test_a_step_may_want_the_process_to_end() -> None:
    environment = YamlEnvironment("- shutdown: {exit_code: 3}")
    await environment.run({})
    assert environment.exit_code == 3
