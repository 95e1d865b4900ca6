"""Tests of configurations, in a pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.processes import LIMIT, SOURCE

TEXT = """\
pipelines: {double: [eval-lambda: {input_path: n, lambda: "n: n * 2"}]}
tests:
    it: {pipeline: double, given: {n: 1}, gives: {n: 2}}
    several:
        pipeline: double
        cases:
            - {given: {n: 1}, gives: {n: 2}}
            - {given: {n: 1}, gives: {n: 3}}
            - {given: {n: {}}}
    skipped: {pipeline: double, gives: 1, skip: no need}
    todo: {pipeline: double, gives: 1, todo: no time}
"""


def pytest_of(folder: Path, *arguments: str, ini: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "piped.testing.pytest_plugin", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        timeout=LIMIT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_case_is_an_item(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(TEXT)
    ended = pytest_of(tmp_path, "--piped-tests", "app.yaml", "--collect-only", "-q")
    assert ended.stdout.splitlines()[:6] == [
        "app.yaml::it",
        "app.yaml::several [1]",
        "app.yaml::several [2]",
        "app.yaml::several [3]",
        "app.yaml::skipped",
        "app.yaml::todo",
    ]


def test_a_failure_is_shown_without_our_frames(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(TEXT)
    ended = pytest_of(tmp_path, "-v", ini="piped_tests = app.yaml")
    assert ended.returncode == 1
    assert "2 failed, 2 passed, 1 skipped, 1 xfailed" in ended.stdout
    assert "Mismatch: n: expected 3, got 2" in ended.stdout
    assert f"in the test 'several [2]' ({tmp_path}/app.yaml:8)" in ended.stdout
    assert "TypeError: unsupported operand" in ended.stdout
    assert "src/piped" not in ended.stdout
    assert "_pytest" not in ended.stdout


def test_a_wrong_configuration_is_told_as_a_check_does(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(TEXT.replace("skip:", "skp:"))
    ended = pytest_of(tmp_path, "--piped-tests", "*.yaml")
    assert ended.returncode == 2
    assert "has no option 'skp' (did you mean 'skip'?)" in ended.stdout


def test_nothing_is_collected_that_nobody_asked_for(tmp_path: Path) -> None:
    (tmp_path / "test_app.yaml").write_text(TEXT)
    assert pytest_of(tmp_path).returncode == 5
