"""What the examples of the processors do not show."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from piped.exceptions import PipedError, UnfitBaton
from piped.processors.fixed import ContextName
from piped.testing.clock import ManualClock
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of, results_of
from tests.processing.yaml_nodes import nodes


def environment(steps: str, **resources: Any) -> Environment:
    return Environment(pipelines_of(nodes(f"it: [{steps}]")), resources.get("resources"))


def result(steps: str, baton: Any, **resources: Any) -> Any:
    [found] = asyncio.run(results_of(environment(steps, **resources), baton))
    return found


def test_each_baton_gets_a_value_of_its_own() -> None:
    pipeline = environment("set-value: {path: list, value: [1]}").depend("x", "it").get_resource()
    [first], [second] = pipeline.run({}), pipeline.run({})
    first["list"].append(2)
    assert second == {"list": [1]}


def test_a_value_may_replace_the_baton() -> None:
    assert result("set-value: {path: '', value: {a: 1}}", {}) == {"a": 1}


def test_any_option_may_come_from_the_baton() -> None:
    baton = {"n": 1, "by": 4, "where": "n"}
    steps = "increment-counter: {counter_path: !path where, increment: !path by}"
    assert result(steps, baton)["n"] == 5


def test_what_cannot_be_counted_is_unfit() -> None:
    with pytest.raises(UnfitBaton, match="there is nothing at 'n'"):
        result("increment-counter: {counter_path: n}", {})
    with pytest.raises(UnfitBaton, match="there is 'x' at 'n'"):
        result("increment-counter: {counter_path: n}", {"n": "x"})


@pytest.mark.parametrize(
    ("options", "shared"), [("", True), ("copy: true,", False), ("deep_copy: true,", False)]
)
def test_what_is_remapped_may_be_a_copy(options: str, *, shared: bool) -> None:
    baton = result(f"remap: {{{options} mapping: [{{a: b}}]}}", {"a": [1]})
    assert (baton["a"] is baton["b"]) == shared


def test_what_is_remapped_may_extend_a_list() -> None:
    steps = "remap: {extend: true, mapping: [{a: c}, {b: c}]}"
    assert result(steps, {"a": 1, "b": [2, 3]})["c"] == [1, 2, 3]
    with pytest.raises(UnfitBaton, match="where a list is to be extended"):
        result(steps, {"a": 1, "b": 2, "c": 3})


@pytest.mark.parametrize(
    ("options", "given", "text"),
    [
        ("format: '{} {}'", ["a", "b"], "a b"),
        ("format: '{a}'", {"a": 1}, "1"),
        ("format: '{}', unpack: false", ["a"], "['a']"),
        ("format: '<{}>'", 7, "<7>"),
        ("format: !path 0", ["{1}", "x"], "x"),
        ("format_path: '0'", ["{1}", "x"], "x"),
    ],
)
def test_formats(options: str, given: Any, text: str) -> None:
    assert result(f"format-string: {{{options}}}", given) == text


def test_what_does_not_fit_a_format_is_unfit() -> None:
    with pytest.raises(UnfitBaton, match="does not fit the format"):
        result("format-string: {format: '{b}'}", {"a": 1})
    with pytest.raises(UnfitBaton, match="and no text"):
        result("format-string: {format_path: nowhere}", {"a": 1})


def test_messages_go_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    result("log: {message: one}, log: {message_path: m, level: warn, logger_name: mine}", {"m": 2})
    result("log: {message_path: m}", {})
    found = [(each.name, each.levelname, each.getMessage()) for each in caplog.records]
    assert found == [("root", "INFO", "one"), ("mine", "WARNING", "2")]


def test_a_failure_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    log = "{log: {message: went wrong, level: failure}}"
    result(f"raise-exception: {{type: KeyError, error_consumers: [{log}]}}", {})
    [record] = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is KeyError


def test_things_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    result("pretty-print, pretty-print: {path: a, formatter: 'a: a + 1'}", {"a": 1})
    assert capsys.readouterr().out == "{'a': 1}\n2\n"


def test_tracebacks_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    result("raise-exception: {args: steam, error_consumers: [print-failure-traceback]}", {})
    assert "Exception: steam" in capsys.readouterr().err


@pytest.mark.parametrize(
    "step", ["print-failure-traceback", "trap-failure: {error_types: KeyError}"]
)
def test_where_nothing_is_handled_there_is_nothing_to_take(step: str) -> None:
    with pytest.raises(PipedError, match="no failure is being handled here"):
        result(step, {})


def test_an_exception_is_made_anew_each_time() -> None:
    pipeline = environment("raise-exception: {args: [1, 2]}").depend("x", "it").get_resource()
    caught = []
    for _ in range(2):
        with pytest.raises(Exception, match=r"\(1, 2\)") as each:
            pipeline.run({})
        caught.append(each.value)
    assert caught[0] is not caught[1]


def test_exceptions_may_be_named_as_of_old() -> None:
    with pytest.raises(LookupError):
        result("raise-exception: {type: exceptions.LookupError}", {})


async def test_waiting_takes_the_time_it_takes() -> None:
    env = environment("wait: {delay: 3}")
    pipeline = env.depend("x", "it").get_resource()
    running = asyncio.ensure_future(pipeline.run(1))
    assert isinstance(env.clock, ManualClock)
    await env.clock.advance(2.9)
    assert not running.done()
    await env.clock.advance(0.2)
    assert await running == [1]


async def test_waiting_can_be_cancelled() -> None:
    env = environment("wait: {delay: 3}")
    running = asyncio.ensure_future(env.depend("x", "it").get_resource().run(1))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert isinstance(env.clock, ManualClock)
    assert env.clock.waiting == 0


def test_batons_are_collected() -> None:
    env = environment("collect-batons, collect-batons: {deepcopy: true}")
    pipeline = env.depend("x", "it").get_resource()
    socket = object()
    baton = {"a": [1], "s": socket, "_volatile": ["s"]}
    pipeline.run(baton)
    [kept], [copied] = pipeline[0].list, pipeline[1].list
    assert kept is baton
    assert copied == {"a": [1], "s": repr(socket), "_volatile": ["s"]}
    assert copied["a"] is not baton["a"]
    assert baton["s"] is socket


def test_shutting_down_asks_with_an_exit_code() -> None:
    env = environment("shutdown: {exit_code: 3}")
    assert env.depend("x", "it").get_resource().run("baton") == ["baton"]
    assert env.exit_codes == [3]


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ("", "() {}"),
        ("arguments: [1, 2]", "([1, 2],) {}"),
        ("arguments: [1, 2], unpack_arguments: true", "(1, 2) {}"),
        ("arguments: {a: 1}, unpack_arguments: true", "() {'a': 1}"),
        ("arguments: !path n", "(7,) {}"),
        ("arguments: [!path n], method: later", "([7],) {}"),
        ("method: !path how", "() {}"),
    ],
)
def test_a_resource_is_called(options: str, answer: str) -> None:
    class Resource:
        def __call__(self, *args: Any, **kwargs: Any) -> str:
            return f"{args} {kwargs}"

        async def later(self, *args: Any) -> str:
            await asyncio.sleep(0)
            return self(*args)

    more = f", {options}" if options else ""
    steps = f"call-dependency: {{dependency: a.b, output_path: x{more}}}"
    baton = {"n": 7, "how": "__call__"}
    assert result(steps, baton, resources={"a.b": Resource()})["x"] == answer


def test_a_lambda_may_use_names_and_resources() -> None:
    steps = (
        "eval-lambda: {namespace: {sep: os.path.sep, k: 3}, dependencies: {r: {provider: a.b}},"
        " lambda: 'n: (n, sep, k, self.dependencies.r)'}"
    )
    assert result(steps, 1, resources={"a.b": "resource"}) == (1, "/", 3, "resource")


def test_intervals_are_told_to_start_and_to_stop() -> None:
    told = []

    class Interval:
        def start_ticking(self) -> None:
            told.append("start")

        def stop_ticking(self) -> None:
            told.append("stop")

    steps = "start-tick-interval: {interval: i}, stop-tick-interval: {interval: i}"
    result(steps, {}, resources={"ticks.interval.i": Interval()})
    assert told == ["start", "stop"]


def test_a_context_goes_to_its_name_elsewhere_or_nowhere() -> None:
    def fetched(option: str) -> Any:
        steps = f"fetch-context: {{context: c.d{option}}}"
        return result(steps, {}, resources={"context.c.d": 1})

    assert fetched("") == {"c": {"d": 1}}
    assert fetched(", output_path: x") == {"x": 1}
    assert fetched(", output_path: null") == {}


def test_a_step_waits_until_a_context_is_saved() -> None:
    told = []

    class Store:
        async def save(self) -> None:
            await asyncio.sleep(0)
            told.append("saved")

    steps = "save-persisted-context: {context: c}"
    assert result(steps, {"n": 1}, resources={"persisted_context.c.store": Store()}) == {"n": 1}
    assert told == ["saved"]


def test_a_context_may_replace_the_baton() -> None:
    shared: dict[str, int] = {}
    steps = "fetch-context: {context: c, output_path: ''}"
    assert result(steps, {}, resources={"context.c": shared}) is shared


def test_names_of_resources_are_text_to_an_editor() -> None:
    assert ContextName.json_schema() == {"type": "string", "minLength": 1}
