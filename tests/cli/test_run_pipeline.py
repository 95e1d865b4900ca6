"""`piped run-pipeline`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from piped.cli.main import piped

Invoke = Callable[..., Result]

TEXT = """\
logging: {level: error}
ticks: {interval: {often: {interval: 1ms, processor: pipeline.fails}}}
pipelines:
    double: [eval-lambda: {input_path: n, lambda: "n: n * 2"}]
    odd: [eval-lambda: {lambda: "b: {1: (1, 2), 'set': {3}, 'text': 'ø'}"}]
    both: {consumers: [passthrough, passthrough]}
    waits: [wait: {delay: 1ms}]
    fails: [raise-exception: {type: KeyError, args: engine}]
    nested: [run-pipeline: {pipeline: fails}]
    stops: [shutdown: {exit_code: 7}]
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(TEXT)


def ran(invoke: Invoke, *arguments: str) -> Result:
    return invoke("run-pipeline", "app.yaml", *arguments)


def with_input(text: str, *arguments: str) -> Result:
    command = ["run-pipeline", "app.yaml", *arguments, "--stdin"]
    return CliRunner().invoke(piped, command, input=text, prog_name="piped")


def test_each_result_is_a_line_of_json(invoke: Invoke) -> None:
    result = ran(invoke, "double", "--baton", '{"n": 21}')
    assert (result.exit_code, result.stdout, result.stderr) == (0, '{"n": 42}\n', "")
    assert ran(invoke, "both", "--baton", '"x"').stdout == '"x"\n"x"\n'


def test_the_baton_is_an_empty_mapping_if_nothing_is_said(invoke: Invoke) -> None:
    assert ran(invoke, "waits").stdout == "{}\n"


def test_what_json_lacks_is_its_repr(invoke: Invoke) -> None:
    assert ran(invoke, "odd").stdout == '{"1": [1, 2], "set": "{3}", "text": "ø"}\n'


def test_a_failure_is_told_with_its_notes(invoke: Invoke) -> None:
    result = ran(invoke, "nested")
    assert (result.exit_code, result.stdout) == (1, "")
    said = re.sub(r"/\S*/app", "app", result.stderr)
    assert said.splitlines() == [
        "KeyError: 'engine'",
        "in step 'raise-exception-1' of pipeline 'fails' (app.yaml:8)",
        "in step 'run-pipeline-1' of pipeline 'nested' (app.yaml:9)",
    ]


def test_a_value_may_be_replaced(invoke: Invoke) -> None:
    result = ran(invoke, "waits", "-O", "pipelines.waits:[set-value: {path: a, value: 1}]")
    assert result.stdout == '{"a": 1}\n'


def test_a_step_may_say_how_it_ends(invoke: Invoke) -> None:
    assert ran(invoke, "stops").exit_code == 7


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dubble"], "There is no pipeline 'dubble' (did you mean 'double'?)"),
        (["double", "--baton", "{n: 1}"], "it is no JSON"),
        ([], "Missing argument 'NAME'"),
    ],
)
def test_wrong_usage(invoke: Invoke, arguments: list[str], said: str) -> None:
    result = ran(invoke, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_wrong_configuration_is_told(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("pipelines: {double: [dubble]}")
    result = ran(invoke, "double")
    assert (result.exit_code, result.stdout) == (78, "")
    assert "processor 'dubble' is unknown" in result.stderr


def test_batons_come_a_line_each(invoke: Invoke) -> None:
    result = with_input('{"n": 1}\n\n{"n": 2}\n{"n": "last"}', "double")
    assert result.exit_code == 0
    assert [json.loads(line)["n"] for line in result.stdout.splitlines()] == [2, 4, "lastlast"]


def test_one_that_fails_does_not_keep_the_others_back(invoke: Invoke) -> None:
    result = with_input('{"n": 1}\nno json\n{"n": {}}\n{"n": 2}\n', "double")
    assert result.exit_code == 1
    assert result.stdout == '{"n": 2}\n{"n": 4}\n'
    assert result.stderr.startswith("line 2: it is no JSON")
    assert "line 3: TypeError: unsupported operand" in result.stderr


def test_where_the_time_went_is_told_in_the_end(invoke: Invoke) -> None:
    result = with_input('{"n": 1}\n{"n": {}}\n{"n": 2}\n', "double", "--times")
    assert result.stdout == '{"n": 2}\n{"n": 4}\n'
    head, pipeline, step = result.stderr.splitlines()[-3:]
    assert head.split() == ["runs", "failed", "mean", "longest", "total"]
    assert pipeline.split()[:3] == ["double", "3", "1"]
    assert step.split()[:3] == ["eval-lambda-1", "3", "1"]


def test_the_times_of_all_pipelines_that_ran_are_told(invoke: Invoke) -> None:
    lines = [line.split() for line in ran(invoke, "nested", "--times").stderr.splitlines()]
    assert ["fails", "1", "1", "-", "-", "-"] in lines
    assert ["nested", "1", "1", "-", "-", "-"] in lines


def test_nothing_is_read_behind_the_end(invoke: Invoke) -> None:
    result = with_input("1\n2\n3\n", "stops")
    assert (result.exit_code, result.stdout) == (7, "1\n")


def test_a_long_input_is_read_in_pieces(invoke: Invoke) -> None:
    result = with_input(
        "".join(f'{{"n": {n}, "x": "{"x" * 100}"}}\n' for n in range(2_000)), "double"
    )
    assert [json.loads(line)["n"] for line in result.stdout.splitlines()] == list(
        range(0, 4_000, 2)
    )
