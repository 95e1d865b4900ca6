"""Status tests, run as part of a process."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from piped.exceptions import UnfitBaton
from piped.testing import YamlEnvironment, check_yaml
from tests.processors.trying import result

BUNDLE = """
    from piped.plugins.status_testing import statustest, processors
    from piped_status_testing.statustest import StatusTestCase


    class TestSums(processors.StatusTestProcessor):
        name = "test-sums"

        def configure(self, runtime_environment):
            self.dependencies = runtime_environment.create_dependency_map(
                self, numbers=dict(provider="context.numbers")
            )

        def get_namespace(self, baton):
            return self.dependencies

        class TestSum(StatusTestCase):
            def setUp(self, numbers):
                self.numbers = numbers

            async def statustest_sum(self):
                self.assertEquals(sum(self.numbers), 6)

        class TestMore(statustest.StatusTestCase):
            def setUp(self, numbers):
                self.numbers = numbers

            def statustest_first(self):
                self.assertNotEquals(self.numbers[0], 0)
                self.assertItemsEqual(self.numbers, reversed(self.numbers))
"""
CONFIGURATION = """
    plugins: {bundles: {its: [sums]}}
    contexts: {numbers: [1, 2, 3]}
    system-events: {startup: {test: pipeline.testing.start}}
    pipelines:
        results: [eval-lambda: {lambda: "baton: print('RESULT', baton['status'])"}]
        testing:
            start:
                chained_consumers:
                    - create-statustest-reporter: {processor: pipeline.results}
                    - run-pipeline: {pipeline: .run}
                    - wait-for-statustest-reporter: {done: true}
                    - shutdown
                chained_error_consumers:
                    - print-failure-traceback
                    - shutdown
            run: [test-sums]
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "sums.py").write_text(dedent(BUNDLE))
    (folder / "tests.yaml").write_text(dedent(CONFIGURATION))
    command = [sys.executable, "-m", "piped", "-nc", "tests.yaml", *options]
    path = f"{folder}:{':'.join(sys.path)}"
    return subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_process_that_tests_itself_tells_and_exits_with_0(tmp_path: Path) -> None:
    ended = run(tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "PASSED (successes=2)" in ended.stderr
    assert "statustest_sum ..." in ended.stderr
    assert ended.stdout.count("RESULT success") == 2


def test_a_test_that_fails_makes_the_exit_code_1(tmp_path: Path) -> None:
    ended = run(tmp_path, "-O", "contexts.numbers: [1, 2, 4]")
    assert ended.returncode == 1, ended.stderr
    assert "FAILED (failures=1, successes=1)" in ended.stderr
    assert "sums.TestSums.TestSum.statustest_sum" in ended.stderr


def test_tests_that_run_again_and_again_need_not_decide_how_the_process_exits(
    tmp_path: Path,
) -> None:
    wait = "pipelines.testing.start.chained_consumers.2.wait-for-statustest-reporter"
    wrong = ("-O", "contexts.numbers: [1, 2, 4]")
    ended = run(tmp_path, *wrong, "-O", f"{wait}: {{done: true, decides_exit: false}}")
    assert ended.returncode == 0, ended.stderr
    assert "FAILED (failures=1, successes=1)" in ended.stderr


@pytest.mark.parametrize("name", ["wait-for-statustest-reporter"])
@pytest.mark.parametrize("baton", [{}, {"reporter": 7}, None])
async def test_without_a_reporter_a_baton_is_unfit(name: str, baton: Any) -> None:
    with pytest.raises(UnfitBaton, match="and no reporter"):
        await YamlEnvironment(f"[{name}]").run(baton)


def test_arguments_may_come_from_the_baton() -> None:
    stream = io.StringIO()
    options = "arguments: {stream_path: request}, output_path: it"
    made = result(f"create-statustest-reporter: {{{options}}}", {"request": stream})["it"]
    made.done()
    assert "Ran 0 tests" in stream.getvalue()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("reporter: no.such", "'no.such', which is not there"),
        ("reporters: a.b", "reporter"),
        ("processor: pipeline.none", "pipeline.none"),
        ("arguments: 7", "mapping"),
    ],
)
def test_wrong_options_are_problems(options: str, said: str) -> None:
    problems = check_yaml(f"[create-statustest-reporter: {{{options}}}]")
    assert any(said in problem for problem in problems), problems


def test_a_missing_argument_makes_a_baton_unfit() -> None:
    with pytest.raises(UnfitBaton, match="nothing is at 'request'"):
        result("create-statustest-reporter: {arguments: {stream_path: request}}", {})
