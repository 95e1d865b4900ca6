"""The fixtures, in a pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.processes import LIMIT, SOURCE

TESTS = """\
import asyncio

STEPS = "- set-value: {path: a, value: 1}"


def test_run_yaml(run_yaml):
    assert run_yaml(STEPS, {}) == [{"a": 1}]


def test_check_yaml(check_yaml):
    assert check_yaml(STEPS) == []


def test_environment(piped_environment, clock):
    before = clock.time()
    environment = piped_environment("- wait: {delay: 3}\\n- x", x=lambda baton: baton + 1)
    assert asyncio.run(environment.run(1)) == [2]
    assert clock.time() - before == 3
"""

LIGHT = """\
import sys


def test_nothing_is_imported_that_nobody_asks_for():
    assert not {"twisted", "yaml", "piped.checking"} & set(sys.modules)
"""


def passed(folder: Path, text: str) -> bool:
    """Whether the tests in `text` pass with the plugin, and no other."""
    (folder / "test_it.py").write_text(text)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "piped.testing.pytest_plugin", "test_it.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        timeout=LIMIT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    return ended.returncode == 0


def test_the_fixtures_do_what_they_say(tmp_path: Path) -> None:
    assert passed(tmp_path, TESTS)
    assert not passed(tmp_path, TESTS.replace("== [2]", "== [3]"))


def test_they_cost_nothing_who_does_not_use_them(tmp_path: Path) -> None:
    assert passed(tmp_path, LIGHT)
