"""Cases: what goes in, what stands in, what has to come out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml

from piped.checking import Checked, check
from piped.conf import Configuration
from piped.testing.yaml_tests import YamlTest, yaml_tests_of
from tests.logging_state import logging_as_it_was

__all__ = ["logging_as_it_was"]

CASES = Path(__file__).parent / "cases"
APP = (CASES / "app.yaml").read_text()
GOOD = yaml.safe_load((CASES / "good.yaml").read_text())
WRONG = yaml.safe_load((CASES / "wrong.yaml").read_text())


def checked(tests: str) -> Checked:
    text = f"{APP}tests:\n{indent(tests, '    ')}"
    found = check(Configuration.from_text(text, "app.yaml"))
    assert list(map(str, found.problems)) == []
    return found


def found_in(text: str) -> list[YamlTest]:
    return list(yaml_tests_of(checked(text)))


async def wrong(text: str) -> str:
    """What is wrong with the only test, in one line; nothing, if it passes."""
    [test] = found_in(f"it: {text}")
    failure = await test.run()
    return "" if failure is None else f"{type(failure).__name__}: {failure}".removesuffix(": ")


@pytest.mark.parametrize("case", GOOD, ids=json.dumps)
async def test_a_case_passes(case: Any) -> None:
    assert await wrong(json.dumps(case)) == ""


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case["said"])
async def test_what_is_wrong_is_told(case: Any) -> None:
    assert await wrong(json.dumps(case["test"])) == case["said"]


async def test_no_case_sees_what_another_did() -> None:
    case = "{pipeline: counts, has: {count: 1}}"
    for test in found_in(f"one: {case}\ntwo: {case}"):
        assert await test.run() is None


async def test_what_comes_then_sees_it() -> None:
    assert await wrong("{pipeline: counts, then: [{has: {count: 2}}]}") == ""
    said = await wrong("{pipeline: counts, then: [{has: {count: 1}}]}")
    assert said == "Mismatch: count: expected 1, got 2"


async def test_the_baton_of_the_file_is_not_changed() -> None:
    [test] = found_in("it: {pipeline: double, given: {n: 1}, gives: {n: 2}}")
    assert await test.run() is None
    assert await test.run() is None


async def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert await wrong("{pipeline: keeps, has: {kept.n: 1}}") == ""
    assert list(tmp_path.iterdir()) == []


async def test_nothing_goes_on_behind_a_case() -> None:
    before = asyncio.all_tasks()
    assert "TimeoutError" in await wrong(
        "{pipeline: scaled, fakes: {resources: {context.settings: {lost: true}}}}"
    )
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_a_failure_says_where_it_was_and_where_the_test_is() -> None:
    [test] = found_in("it: {pipeline: double, given: {n: {}}}")
    failure = await test.run()
    assert failure is not None
    assert failure.__notes__ == [
        "in step 'eval-lambda-1' of pipeline 'double' (app.yaml:7)",
        f"in the test 'it' (app.yaml:{test.place.line})",
    ]


async def test_what_comes_then_is_told_by_its_place() -> None:
    [test] = found_in("it:\n    pipeline: double\n    then: [{gives: {}}, {gives: 1}]")
    failure = await test.run()
    assert failure is not None
    assert failure.__notes__[0].startswith("in what comes then, number 2 (app.yaml:")


def frames(failure: BaseException | None) -> Iterator[str]:
    trace: Any = failure and failure.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename
        trace = trace.tb_next


async def test_a_failure_has_no_frames_of_ours() -> None:
    [test] = found_in("it: {pipeline: double, given: {n: {}}}")
    assert [each for each in frames(await test.run()) if "src/piped" in each] == []


async def test_what_never_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("piped.testing.trying._LONGEST", 0.05)
    said = await wrong("{pipeline: forever}")
    assert said == "Mismatch: it did not come to an end, in 0.05 s of real time"
