"""`piped trace`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from piped.cli import trace
from piped.observe.tracing import traced
from tests.observe.test_tracing import made

Invoke = Callable[..., Result]

TEXT = """\
logging: {level: error}
pipelines:
    it:
        - set-value: {path: a, value: new, error_consumers: [run-pipeline: {pipeline: mend}]}
        - raise-exception: {args: burst}
    mend: [eval-lambda: {lambda: "b: {'c': b['a']}"}]
    fails: [raise-exception: {type: KeyError, args: x}]
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(TEXT)


def without_times(text: str) -> list[str]:
    return [line.partition("  ")[0] if line[0].isdigit() else line for line in text.splitlines()]


def test_each_step_is_shown_with_what_it_changed(invoke: Invoke) -> None:
    result = invoke("trace", "app.yaml", "it", "--baton", '{"a": "old"}')
    assert result.exit_code == 0
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    shown = [line.rsplit("  ", 1)[0] if line.endswith(("µs", "ms")) else line for line in lines]
    assert shown == [
        "1  in → set-value (it)",
        '     {"a": "old"}',
        "2  set-value (it) → raise-exception (it)",
        '     ~ a: "new"',
        "3  raise-exception (it) ⇠ set-value (it)",
        "     ! Exception: burst",
        "4  set-value (it) ⇒ run-pipeline (it)",
        "     ! Exception: burst",
        '     ~ a: "new"',
        "5  run-pipeline (it) → eval-lambda (mend)",
        '     {"a": "new"}',
        "6  eval-lambda (mend) → out",
        '     + c: "new"',
        "     - a",
        '     {"c": "new"}',
        "7  run-pipeline (it) → out",
        '     + c: "new"',
        "     - a",
        '     {"c": "new"}',
    ]


def test_a_failure_that_nobody_takes_is_told(invoke: Invoke) -> None:
    result = invoke("trace", "app.yaml", "fails")
    assert result.exit_code == 1
    assert "raise-exception (fails) ⇠ out" in result.stdout
    assert result.stderr.startswith("KeyError: 'x'\nin step")


def test_all_of_it_may_be_had_as_json(invoke: Invoke) -> None:
    result = invoke("trace", "app.yaml", "it", "--json")
    data = json.loads(result.stdout)
    assert data["results"] == [{"c": "new"}]
    assert data["failure"] is None
    assert [entry["is_error_consumer"] for entry in data["trace"]].count(True) == 1
    failed = json.loads(invoke("trace", "app.yaml", "fails", "--json").stdout)
    assert failed["failure"]["type"] == "KeyError"


def test_a_misspelt_pipeline_is_wrong_usage(invoke: Invoke) -> None:
    result = invoke("trace", "app.yaml", "mand")
    assert result.exit_code == 2
    assert "did you mean 'mend'" in result.stderr


async def test_a_long_value_is_cut_and_a_long_trace_counted() -> None:
    found = await traced(made("it: [passthrough]"), {"a": "x" * 500})
    lines = list(trace.trace_lines(replace(found, left_out=3)))
    assert max(map(len, lines)) < 220
    assert lines[-1] == "… and 3 more"
